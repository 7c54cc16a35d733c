"""What an exchange itself says of a value that its event must have: somewhere in its request, or in its answer."""

from __future__ import annotations

import contextlib
import json
import math
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bothends.contract.messages import best_match, is_form, read_form, sent_path_value
from bothends.records import MISSING, Answer, json_equal, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bothends.contract import DeclaredAnswer, Operation
    from bothends.contract.terms import Provenance, ProvenanceWalk, Source
    from bothends.records import Exchange, Request


# JSON as it comes over the wire: read by the letter of RFC 8259.


def read_json(text: bytes) -> Any:
    """Return the value of a JSON text; MISSING when it is too deep for bothends to read (RFC 8259, section 9).

    A byte order mark is passed over, as section 8.1 lets a reader do. No JSON, or no UTF-8, is a `ValueError`.
    """
    try:
        return _JSON.decode(text.decode("utf-8-sig"))
    except RecursionError:
        return MISSING


def _refuse(name: str) -> Any:
    # Python reads NaN and Infinity, which JSON has not (section 6).
    raise ValueError(f"{name} is no number that JSON has")


_JSON = json.JSONDecoder(parse_constant=_refuse)


def value_in_answer(answer: Answer, pointer: str) -> Any:
    """Return what an answer has at a place of its body; MISSING without one."""
    try:
        return resolve(read_json(answer.body), pointer)
    except ValueError:
        return MISSING  # it is no JSON: the law on the answer's schema speaks of it


def described_values(
    exchange: Exchange, operation: Operation, walks_of: Callable[[DeclaredAnswer], Mapping[str, ProvenanceWalk]]
) -> list[Provenance]:
    """Return the values of an answer of which the contract says where they come from, or that they are new.

    Args:
        exchange: Whose answer it is.
        operation: What was asked.
        walks_of: Returns, by media type, what finds these values.
    """
    answer = exchange.answer
    declared = operation.answer_for(answer.status) if isinstance(answer, Answer) else None
    walks = {} if declared is None else walks_of(declared)
    key = best_match(answer.media_type or "", walks) if walks and isinstance(answer, Answer) else None
    if key is None or not isinstance(answer, Answer):
        return []
    body = value_in_answer(answer, "")
    return [] if body is MISSING else walks[key].find(body)


ANSWERED = frozenset({"answer-body", "answer-header"})
"""The kinds of source that no two exchanges share."""
OWN = frozenset({"request-body", "request-path", "request-query", "request-header", *ANSWERED})
"""The kinds of source that an exchange holds itself."""

UNKNOWN = object()
"""Stands for an unknown value: the answer that would have it was never given, or can't be read."""

_TRUE = frozenset({"true", "1", "on", "yes"})
_FALSE = frozenset({"false", "0", "off", "no", ""})


def own_value(source: Source, exchange: Exchange, operation: Operation, *, like: Any = None) -> Any:
    """Return the value that an exchange has at a source of a kind in `OWN`; MISSING without one, or UNKNOWN.

    A text of a path, a query, a header or a form is read as a value of the type of `like`, which stands in the event.
    Whether that type is right, the event's schema says.
    """
    if source.kind not in ANSWERED:
        return value_in_request(source, exchange.sent, operation, like=like)
    answer = exchange.answer
    if not isinstance(answer, Answer) or not answer.success:
        return UNKNOWN  # an event that is in doubt, or too much: the answer to compare it with was never given
    if source.kind == "answer-header":
        return _in_headers(answer.headers, source.name, like)
    return _in_answer(source, answer, operation)


def said_in_refusal(source: Source, exchange: Exchange, *, like: Any = None) -> Any:
    """Return the value that the answer of a request has at a source though it is no success; MISSING without one.

    Nothing is demanded of it. It tells that an event with another value is not of this request.

    Args:
        source: Of an answer.
        exchange: The exchange.
        like: As for `own_value`.
    """
    answer = exchange.answer
    if not isinstance(answer, Answer) or answer.success:
        return MISSING
    if source.kind == "answer-header":
        value = _in_headers(answer.headers, source.name, like)
        return MISSING if value is UNKNOWN else value
    with contextlib.suppress(ValueError):
        return resolve(read_json(answer.body), source.pointer)
    return MISSING


def is_read(request: Request) -> bool:
    """Return whether the body of a request is a form, or JSON that can be read."""
    body, content_type = request.body, request.header("content-type") or ""
    if body is None or is_form(content_type):
        return True
    for text in _readings(body, content_type):
        with contextlib.suppress(ValueError):
            return read_json(text) is not MISSING
    return False


def value_in_request(source: Source, request: Request, operation: Operation, *, like: Any = None) -> Any:
    """Return the value that a request has at a source; MISSING without one, or UNKNOWN.

    Args:
        source: Of one of the kinds of requests.
        request: The request as sent.
        operation: What it is a request of.
        like: As for `own_value`.
    """
    match source.kind:
        case "request-body":
            return _in_request(source, request, like)
        case "request-path":
            return read_as(sent_path_value(operation.path, request.target, source.name), like)
        case "request-query":
            pairs = parse_qsl(request.target.partition("?")[2], keep_blank_values=True, errors="surrogateescape")
            return _of_several([value for name, value in pairs if name == source.name], like)
        case _:
            return _in_headers(request.headers, source.name, like)


def agrees(claim: Provenance, wanted: Any) -> bool:
    """Return whether a value of an event is the one that an exchange has at its source, as `own_value` returns it.

    Without one, the event may have none (JSON has two ways to say so), or the default that the contract declares.
    """
    if wanted is not MISSING:
        return json_equal(wanted, claim.value)
    default = claim.source.default
    return claim.value is None or (default is not MISSING and json_equal(read_as(default, claim.value), claim.value))


# Texts, read as the event has them.


def read_as(text: Any, like: Any) -> Any:
    """Return a text as a value of the type that another one has; as it is, where it stands for none of that type.

    Args:
        text: A text of a path, a query, a header or a form, or what is to be returned as it is.
        like: The value whose type counts.
    """
    if not isinstance(text, str) or isinstance(like, str):
        return text
    if isinstance(like, bool):
        word = text.strip().lower()
        return True if word in _TRUE else False if word in _FALSE else text
    if isinstance(like, int | float):
        return _number(text)
    return None if like is None and not text else text


def _number(text: str) -> Any:
    with contextlib.suppress(ValueError):  # what is no number stays the text that it is
        return int(text)
    with contextlib.suppress(ValueError):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


def _of_several(texts: list[str], like: Any) -> Any:
    """Return the value of a name that may stand there several times: which of them counts, nothing says."""
    if isinstance(like, list):
        if len(texts) == 1 and len(like) != 1:
            texts = texts[0].split(",")  # OpenAPI 3.1.0, section 4.8.12.3: `explode: false`
        return [read_as(text, part) for text, part in zip_longest(texts, like[: len(texts)])] if texts else MISSING
    if len(texts) > 1:
        return UNKNOWN
    return read_as(texts[0], like) if texts else MISSING


def _in_headers(headers: Iterable[tuple[str, str]], name: str, like: Any) -> Any:
    values = [value.strip(" \t") for header, value in headers if header.lower() == name]
    if isinstance(like, list):
        values = [part.strip(" \t") for value in values for part in value.split(",")]
    return _of_several(values, like)


def _in_request(source: Source, request: Request, like: Any) -> Any:
    body, content_type = request.body, request.header("content-type") or ""
    is_packed = (request.header("content-encoding") or "identity").strip().lower() != "identity"
    if body is not None and is_form(content_type):
        value = read_form(body, content_type)
        found = MISSING if value is None else resolve(value, source.pointer)
        if value is None or is_packed or (found is MISSING and _is_object(body)):
            return UNKNOWN  # some targets read JSON as what it is, whatever its type says
        return _as_like(found, like)
    for text in () if body is None else _readings(body, content_type):
        with contextlib.suppress(ValueError):
            value = read_json(text)
            return UNKNOWN if value is MISSING else resolve(value, source.pointer)
    return UNKNOWN if is_packed else MISSING  # some targets unpack it, and then it has values


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(read_json(body), dict)
    except ValueError:
        return False


def _as_like(value: Any, like: Any) -> Any:
    """Return a value of a form, whose texts are read as another value has them."""
    if isinstance(like, dict) and isinstance(value, dict):
        return {key: _as_like(each, like.get(key)) for key, each in value.items()}
    if isinstance(like, list) and value is not MISSING:
        items = value if isinstance(value, list) else [value]
        return [_as_like(each, like[at] if at < len(like) else None) for at, each in enumerate(items)]
    return UNKNOWN if isinstance(value, list) else read_as(value, like)


def _readings(body: bytes, content_type: str) -> Iterator[bytes]:
    """Yield a body as it is, and as a target may read it that takes other encodings than UTF-8, in UTF-8."""
    yield body
    named = content_type.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    for encoding in filter(None, (named, json.detect_encoding(body))):
        with contextlib.suppress(LookupError, UnicodeDecodeError):  # there is no such encoding, or it is in another
            yield body.decode(encoding).encode("utf-8", "surrogatepass")


def _in_answer(source: Source, answer: Answer, operation: Operation) -> Any:
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
