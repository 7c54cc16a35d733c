"""With which values of its exchange a value of an event agrees: each of them may be where it comes from.

What is found is a proposal, and never a finding: a person decides whether a value has to come from there. A run
proposes it for events that are declared without `x-from`, and `bothends init` for those that it has seen.
"""

from __future__ import annotations

import re
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import is_form, read_form
from bothends.contract.terms import Source, can_lead
from bothends.laws import OWN, UNKNOWN, is_time, own_value, read_json
from bothends.records import MISSING, Answer, join, json_equal, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.contract import Contract, Operation
    from bothends.contract.terms import SourceKind
    from bothends.records import Exchange
    from bothends.schemas import Schema

MOST_SOURCES = 128
"""Values of one exchange that are looked at: what a target answers has no end of its own."""
DEEPEST = 6
_NAME = re.compile(r"[\w-]+")
_MOMENT = re.compile(r"\S+T\S+(Z|[+-]\d\d(:?\d\d)?)", re.IGNORECASE)
"""A time with its offset: a day, or a time anywhere, is that of a request too easily."""
_CLOCK = tuple(Source("clock", form, "", f"clock.{form}") for form in ("ms", "s", "iso"))
_OF_PARAMETERS: tuple[tuple[SourceKind, str], ...] = (
    ("request-path", "path"),
    ("request-query", "query"),
    ("request-header", "header"),
)


def sources(exchange: Exchange, operation: Operation, contract: Contract) -> Iterator[Source]:
    """Yield what an `x-from` may name in an exchange, that first which says most of whose event it is."""
    return islice(_sources(exchange, operation, contract), MOST_SOURCES)


def _sources(exchange: Exchange, operation: Operation, contract: Contract) -> Iterator[Source]:
    yield from _CLOCK
    yield from _of_session(exchange)
    yield from _of_request(exchange, operation)
    for upstream, schema in contract.answers.items():
        given = next((c.value for c in exchange.calls if c.upstream == upstream and c.value is not None), MISSING)
        for pointer in _pointers(given, (schema,)):
            yield Source("upstream", upstream, pointer, f"upstream.{upstream}{'#' * bool(pointer)}{pointer}")
    if isinstance(exchange.answer, Answer):
        yield from _of_answer(exchange.answer, operation)


def _of_session(exchange: Exchange) -> Iterator[Source]:
    for pointer in () if exchange.session is None else _pointers(dict(exchange.session), ()):
        names = pointer.split("/")[1:]
        if all(map(_NAME.fullmatch, names)):
            yield Source("session", "user", pointer, ".".join(("session.user", *names)))


def _of_request(exchange: Exchange, operation: Operation) -> Iterator[Source]:
    request = exchange.sent
    if operation.body is not None:
        body = _read(request.body, request.header("content-type") or "")
        for pointer in _pointers(body, _described(operation.body.content)):
            yield Source("request-body", "", pointer, f"request.body#{pointer}" if pointer else "request.body")
    for kind, location in _OF_PARAMETERS:
        for name in (each.name for each in operation.parameters if each.location == location):
            named = name.lower() if location == "header" else name
            yield Source(kind, named, "", f"request.{location}.{name}")


def _of_answer(answer: Answer, operation: Operation) -> Iterator[Source]:
    good = [each for each in operation.answers if each.status.startswith("2")]
    schemas = tuple(schema for each in good for schema in _described(each.content))
    for pointer in filter(None, _pointers(_read(answer.body, answer.media_type or ""), schemas)):
        yield Source("answer-body", "", pointer, f"answer.body#{pointer}")
    for name in dict.fromkeys(name for each in good for name in each.headers):
        yield Source("answer-header", name, "", f"answer.header.{name}")


def agrees(source: Source, value: Any, exchange: Exchange, operation: Operation, received: float) -> bool:
    """Return whether a value of an event is the one that its exchange has at a source.

    Args:
        source: One of `sources`.
        value: The value.
        exchange: The exchange.
        operation: Its operation.
        received: When the event was there, by the clock, seconds.
    """
    match source.kind:
        case "clock":
            exact = not isinstance(value, str) or _MOMENT.fullmatch(value) is not None
            return exact and is_time(value, source.name, exchange.began, received)
        case "session":
            identity = exchange.session
            return identity is not None and json_equal(resolve(dict(identity), source.pointer), value)
        case "upstream":
            given = [call.value for call in exchange.calls if call.upstream == source.name and call.value is not None]
            return any(json_equal(resolve(each, source.pointer), value) for each in given)
        case _:
            return json_equal(own_value(source, exchange, operation, like=value), value)


def contradicts(source: Source, value: Any, exchange: Exchange, operation: Operation) -> bool:
    """Return whether a value of an event is another one than its exchange has at a source of its own."""
    held: Any = MISSING
    if source.kind in OWN:
        held = own_value(source, exchange, operation, like=value)
    elif source.kind == "session" and exchange.session is not None:
        held = resolve(dict(exchange.session), source.pointer)
    return held is not MISSING and held is not UNKNOWN and not json_equal(held, value)


Row = tuple[Any, "Exchange", float]
"""A value of an event, the event's exchange, and when the event was there."""


def agreeing(rows: Sequence[Row], operation: Operation, contract: Contract) -> Iterator[Source]:
    """Yield each source with which the values at one place agree, each in its own exchange."""
    _, first, _ = rows[0]
    for source in sources(first, operation, contract):
        if all(agrees(source, value, exchange, operation, received) for value, exchange, received in rows):
            yield source


def likeliest(found: Sequence[Source], pointer: str) -> Source:
    """Return which of the sources that agree a value has: of those like the first, the one that is called as it is."""
    name = pointer.rpartition("/")[2].lower()
    named = (each for each in found if each.kind == found[0].kind and re.split(r"[./#]", each.text.lower())[-1] == name)
    return next(named, found[0])


def varies(values: Sequence[Any]) -> bool:
    """Return whether not all of some values are equal: what is always the same could come from anywhere."""
    return any(not json_equal(value, values[0]) for value in values[1:])


def _described(content: Mapping[str, Schema | None]) -> tuple[Schema, ...]:
    return tuple(schema for schema in content.values() if schema is not None)


def _pointers(value: Any, schemas: Sequence[Schema]) -> Iterator[str]:
    """Yield the pointer of each value in a value, as far as one of the schemas allows it; lists as a whole."""
    pending = deque([("", value, 0)])
    while pending:
        pointer, each, depth = pending.popleft()
        if each is MISSING or (schemas and not any(can_lead(schema, pointer) for schema in schemas)):
            continue
        yield pointer
        if isinstance(each, dict) and depth < DEEPEST:
            pending.extend((pointer + join(key), member, depth + 1) for key, member in each.items())


def _read(body: bytes | None, content_type: str) -> Any:
    """Return the value of a JSON body or of a form; MISSING where it is none that can be read."""
    if not body:
        return MISSING
    if is_form(content_type):
        found = read_form(body, content_type)
        return MISSING if found is None else found
    try:
        return read_json(body)
    except ValueError:
        return MISSING  # no value of it can be a source
