"""What an exchange itself says of a value that its event must have: in its request's body or path, or in its answer."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from bothends.contract.media_types import best_match
from bothends.contract.runtime_expressions import path_value
from bothends.records import MISSING, Answer, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Operation, Source
    from bothends.records import Exchange


# JSON as it comes over the wire: read by the letter of RFC 8259.


def read_json(text: bytes) -> Any:
    """Return the value of a JSON text; MISSING when it is too deep for bothends to read (RFC 8259, section 9).

    A byte order mark is passed over, as section 8.1 lets a reader do.

    Raises:
        ValueError: It is not JSON, or not UTF-8.
    """
    try:
        return json.loads(text.decode("utf-8-sig"), parse_constant=_refuse)
    except RecursionError:
        return MISSING


def _refuse(name: str) -> Any:
    # Python reads NaN and Infinity, which JSON has not (section 6).
    raise ValueError(f"{name} is no number that JSON has")


ANSWERED = "answer-body"
"""The kind of source that no two exchanges share."""
OWN = frozenset({"request-body", "request-path", ANSWERED})
"""The kinds of source that an exchange holds itself."""

UNKNOWN = object()
"""Stands for an unknown value: the answer that would have it was never given, or can't be read."""


def own_value(source: Source, exchange: Exchange, operation: Operation, *, number: bool = False) -> Any:
    """Return the value that an exchange has at a source of its own; MISSING without one, or UNKNOWN.

    Args:
        source: Of one of the kinds in `OWN`.
        exchange: The exchange.
        operation: What it is a request of.
        number: Whether the event has a number there: in a path, that is a text.
    """
    match source.kind:
        case "request-body":
            return _in_request(source, exchange)
        case "answer-body":
            return _in_answer(source, exchange, operation)
        case _:
            return _in_path(source, exchange, operation, number=number)


def _in_path(source: Source, exchange: Exchange, operation: Operation, *, number: bool) -> Any:
    wanted = path_value(operation.path, exchange.sent.target, source.name)
    if number and isinstance(wanted, str):
        with contextlib.suppress(ValueError):  # what is no number in the path stays the text that it is
            return read_json(wanted.encode("utf-8", "surrogateescape"))
    return wanted


def _in_request(source: Source, exchange: Exchange) -> Any:
    body = exchange.sent.body
    for text in () if body is None else _readings(body, exchange.sent.header("content-type") or ""):
        with contextlib.suppress(ValueError):
            value = read_json(text)
            return UNKNOWN if value is MISSING else resolve(value, source.pointer)
    return MISSING


def _readings(body: bytes, content_type: str) -> Iterator[bytes]:
    """Yield a body as it is, and as a target may read it that takes other encodings than UTF-8, in UTF-8."""
    yield body
    named = content_type.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    for encoding in filter(None, (named, json.detect_encoding(body))):
        with contextlib.suppress(LookupError, UnicodeDecodeError):  # there is no such encoding, or it is in another
            yield body.decode(encoding).encode("utf-8", "surrogatepass")


def _in_answer(source: Source, exchange: Exchange, operation: Operation) -> Any:
    answer = exchange.answer
    if not isinstance(answer, Answer) or not answer.success:
        return UNKNOWN  # an event that is in doubt, or too much: the answer to compare it with was never given
    try:
        body = read_json(answer.body)
    except ValueError:
        return UNKNOWN  # the law on the answer's schema speaks of it
    value = resolve(body, source.pointer)
    return UNKNOWN if value is MISSING and not _is_as_declared(answer, body, operation) else value  # likewise


def _is_as_declared(answer: Answer, body: Any, operation: Operation) -> bool:
    declared = operation.answer_for(answer.status)
    content = {} if declared is None else declared.content
    key = best_match(answer.media_type or "", content)
    schema = None if key is None else content[key]
    return schema is None or schema.is_valid(body)
