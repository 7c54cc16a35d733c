"""The law of strong tags: what was written, and is shown, has another tag."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.records import Exchange

_STRONG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')


def strong_tag(exchange: Exchange, operation: Operation) -> str:
    """Return the strong tag of an answer to GET, where the contract declares it; empty: there is none."""
    answer, sent = exchange.answer, exchange.sent
    if not isinstance(answer, Answer) or answer.status != HTTPStatus.OK or exchange.case.request.raw is not None:
        return ""
    if sent.method != "GET" or operation.method != "GET" or sent.header("range") is not None:
        return ""
    declared = operation.answer_for(answer.status)
    tags = [value for name, value in answer.headers if name == "etag"]
    if declared is None or "etag" not in declared.headers or len(tags) != 1 or "*" in (answer.header("vary") or ""):
        return ""
    return tags[0] if _STRONG.fullmatch(tags[0]) else ""


def _judge(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not context.answerable(exchange) or not strong_tag(exchange, context.operation):
        return None
    same = context.same_tags.get(exchange.number)
    if same is None:
        return []
    which = "this one shows what was written, the earlier one does not"
    return [
        Violation(
            cause=Cause("content", location=same.member),
            summary=f"The strong ETag stays the same, and {same.member} does not, which a request has written.",
            expected="another ETag, or a weak one (W/) if it is not that of the content (RFC 9110 section 8.8.1)",
            actual=f"{same.tag}, as exchange {same.number} was answered; "
            f"{which if same.shown else 'the earlier one shows what was written, this one does not'}",
        )
    ]


STRONG_TAG = register(
    Law(
        name="strong-tag",
        demands="Answers to one request with the same strong `ETag` show the same, whatever was written.",
        source="RFC 9110 sections 8.8.1 and 8.8.3; the contract: the header ETag of the response",
        judge=_judge,
        scope=Scope.ANSWER,
        words={"content": "{location} changes"},
        yields_to=("family-status", "declared-status"),
    )
)
