"""The laws of tags: what was written, and is shown, has another one; what the caller has by its tag gets 304."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.contract.terms import PRECONDITION_FAILED
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.records import Exchange

_STRONG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')

_LIST = re.compile(rf"[ \t,]*({_TAG.pattern}([ \t]*,[ \t,]*|[ \t]*$))+")


def strong(tag: str | None) -> str | None:
    """Return a tag if it is a strong one; else None."""
    return tag if tag is not None and _STRONG.fullmatch(tag) else None


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
    return strong(tags[0]) or ""


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


# What the caller has is told to be so, where the contract has an answer for it.


def _judge_known(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer, sent, operation = exchange.answer, exchange.sent, context.operation
    if not context.answerable(exchange) or not isinstance(answer, Answer) or sent.method not in {"GET", "HEAD"}:
        return None
    listed = [value for name, value in sent.headers if name.lower() == "if-none-match"]
    if not listed or HTTPStatus.NOT_MODIFIED not in operation.statuses_of(PRECONDITION_FAILED):
        return None
    text = ",".join(listed)
    # Compared weakly (section 8.8.3.2). With a range, only a part may be asked for.
    shown = _TAG.fullmatch(answer.header("etag") or "")
    if shown is None or sent.header("range") is not None or answer.status != HTTPStatus.OK:
        return []
    if not _LIST.fullmatch(text) or shown[1] not in _TAG.findall(text):
        return []
    return [
        Violation(
            cause=Cause("known", status=str(answer.status)),
            summary="A reading is answered in full whose caller has what there is, as its If-None-Match says.",
            expected="304, as the tags are compared weakly (RFC 9110 sections 8.8.3.2 and 13.1.2)",
            actual=f"{answer.status} with the ETag {shown[0]}, for If-None-Match: {', '.join(listed)}",
        )
    ]


NOT_MODIFIED = register(
    Law(
        name="not-modified",
        demands="A reading whose `If-None-Match` has the tag of the answer gets 304, where the contract says so.",
        source="RFC 9110 section 13.1.2; the contract: x-given: precondition-failed of the response 304",
        judge=_judge_known,
        scope=Scope.ANSWER,
        words={"known": "{status} for what is known"},
        yields_to=("family-status", "declared-status"),
    )
)
