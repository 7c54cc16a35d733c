"""The law of an answer's headers: those that the contract requires are there, with values that match their schemas."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import header_readings, is_json
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.own_values import read_json
from bothends.laws.wording import format_value, mistake_in
from bothends.records import MISSING, Answer, Cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.contract import DeclaredAnswer, HeaderRule
    from bothends.records import Exchange
    from bothends.schemas import Schema

_ON_ONE_CONNECTION = frozenset(
    {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""What frames a message on one connection: the HTTP library has it, and what stands between may change it."""
_COOKIES = "set-cookie"
"""The one header that may come several times and is no list (RFC 9110, section 5.3)."""


def _judge(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or not context.answerable(exchange):
        return None
    declared = context.operation.answer_for(answer.status)
    if declared is None or _may_be_of_a_library(exchange, declared):
        return None
    rules = [rule for rule in declared.header_rules if rule.name.lower() not in _ON_ONE_CONNECTION]
    return [violation for rule in rules for violation in _wrong(rule, answer)] if rules else None


def _may_be_of_a_library(exchange: Exchange, declared: DeclaredAnswer) -> bool:
    """Whether a refusal may be the HTTP library's own: where no body is declared, nothing tells whose it is."""
    expect, answer = exchange.case.expect, exchange.answer
    if not (expect.any_refusal or expect.any_redirect) or declared.content or not isinstance(answer, Answer):
        return False
    return HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR


def _wrong(rule: HeaderRule, answer: Answer) -> Iterator[Violation]:
    name, status = rule.name, str(answer.status)
    values = [value for header, value in answer.headers if header == name.lower()]
    if not values:
        if rule.required:
            yield Violation(
                cause=Cause("missing", location=name, status=status),
                summary=f"The answer {status} has no header {name}.",
                expected=f"the header {name}, which the contract requires ({rule.pointer})",
                actual="no such header",
            )
        return
    # Several headers of one name are one list (RFC 9110 section 5.3), which no schema of one value is about.
    if rule.schema is None or (len(values) > 1 and not _takes_lists(rule)):
        return
    text = ",".join(values)
    readings = list(_readings(rule, rule.schema, text))
    if not readings or any(map(rule.schema.is_valid, readings)):
        return
    yield Violation(
        cause=Cause("schema", location=name, status=status),
        summary=f"The header {name} of the answer {status} does not match its schema.",
        expected=mistake_in(rule.schema, readings),
        actual=f"{name}: {format_value(text)}",
    )


def _takes_lists(rule: HeaderRule) -> bool:
    kinds = {} if rule.schema is None else rule.schema.raw
    return rule.name.lower() != _COOKIES and not rule.media_type and kinds.get("type") == "array"


def _readings(rule: HeaderRule, schema: Schema, text: str) -> Iterable[Any]:
    """Return the values that a text may stand for; none where that can't be read."""
    if not rule.media_type:
        return header_readings(text, schema.raw, explode=rule.explode)
    if not is_json(rule.media_type):
        return ()
    try:
        value = read_json(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return (text,)
    return () if value is MISSING else (value,)


ANSWER_HEADERS = register(
    Law(
        name="answer-headers",
        demands="An answer has the headers that the contract requires, with values that match their schemas.",
        source="OpenAPI 3.1.0, Response Object and Header Object",
        judge=_judge,
        scope=Scope.ANSWER,
        words={"missing": "{status} without {location}", "schema": "{location} of {status}"},
        yields_to=("family-status", "declared-status", "declared-media-type"),
    )
)
