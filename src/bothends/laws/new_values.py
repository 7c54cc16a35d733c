"""Each success makes a new value where the contract says `x-new`.

It is made, so a value that the request itself has is none: of a schema that several operations share, the id in the
path is what the request is about. What only reads makes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from bothends.contract.requests import SAFE
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.own_values import described_values, read_json
from bothends.laws.wording import format_value
from bothends.records import Answer, Cause
from bothends.schemas import fits_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Operation
    from bothends.contract.terms import Provenance
    from bothends.records import Exchange, Request


def new_values(exchange: Exchange, operation: Operation) -> list[Provenance]:
    """Return the values of a success that its request has made, each with its place."""
    sent = exchange.sent
    if not exchange.succeeded or sent.method != operation.method or sent.method in SAFE:
        return []
    values = described_values(exchange, operation, lambda declared: declared.new_values)
    found = [one for one in values if _is_scalar(one.value)]
    own = set(_own_texts(sent)) if found else set()
    return [one for one in found if str(one.value) not in own]


def is_by_itself(exchange: Exchange, operation: Operation) -> bool:
    """Return whether a request is certainly none that came before: its key is a right one, and no other has it."""
    key = operation.idempotency
    if exchange.repeated or exchange.excuse or exchange.case.request.raw is not None:
        return False
    if key is None:
        return True
    values = [value for name, value in exchange.sent.headers if name.lower() == key.header.lower()]
    return len(values) == 1 and fits_schema(key.schema, values[0])


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _own_texts(request: Request) -> Iterator[str]:
    """Yield all values that a request has, as texts."""
    path, _, query = request.target.partition("?")
    yield from map(unquote, path.split("/"))
    yield from (value for _, value in parse_qsl(query, keep_blank_values=True, errors="surrogateescape"))
    yield from (value.strip(" \t") for _, value in request.headers)
    try:
        pending = [read_json(request.body or b"null")]
    except ValueError:
        return  # a form or a file: what its values are, nobody knows here
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
        elif _is_scalar(value):
            yield str(value)


def _judge(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not is_by_itself(exchange, context.operation):
        return None
    values = new_values(exchange, context.operation)
    earlier = context.given_before.get(exchange.number, {})
    return (
        [
            Violation(
                cause=Cause("value", location=one.pointer),
                summary=f"{one.pointer} is to be new in each success, and another request had the same value there.",
                expected="a value that no earlier answer has (x-new)",
                actual=f"{format_value(one.value)}, as exchange {earlier[one.pointer]} was answered",
            )
            for one in values
            if one.pointer in earlier
        ]
        if values
        else None
    )


NEW_VALUE = register(
    Law(
        name="new-value",
        demands="A value with `x-new` is a new one in each success: no two successes of different requests have an "
        "equal value there.",
        source="the contract: x-new",
        judge=_judge,
        scope=Scope.EXCHANGE,
        words={"value": "{location}"},
        yields_to=("another-key", "key-of-its-caller", "key-scope"),
        is_case=lambda exchange, context: bool(_has_walks(exchange, context)),
        lacks=lambda _, __: "no success had a value that its request had made",
    )
)


def _has_walks(exchange: Exchange, context: LawContext) -> bool:
    answer = exchange.answer
    declared = context.operation.answer_for(answer.status) if isinstance(answer, Answer) else None
    return declared is not None and bool(declared.new_values) and exchange.sent.method not in SAFE
