"""In which variety a wrong answer is wrong: what has to be mended apart, though its cause is one.

A request is taken that has to be refused: what is wrong with it says what the target does not look at. A valid one is
refused in chunks, and not in one piece: its body is lost, and nothing is wrong with its values. One is taken
although a service failed for it: that the service was late is mended apart from what it answered. A failure is told
of: the words say which one it is, as far as they are not the request's own.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bothends.contract import admission
from bothends.contract.terms import (
    BODY_TOO_LARGE,
    INVALID_BODY,
    MALFORMED_BODY,
    UNSUPPORTED_MEDIA_TYPE,
    UPSTREAM_TIMEOUT,
    UPSTREAM_UNREACHABLE,
    UPSTREAM_WRONG,
)
from bothends.laws.law import AREAS, BODY, SESSION
from bothends.records import Answer
from bothends.schemas import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Operation
    from bothends.laws.law import LawContext
    from bothends.records import Exchange, Request
    from bothends.schemas import Schema

UNREAD = "unread"
"""The variety of a body that is taken though nobody can read it: it ends before its value does."""
UNREAD_IN_CHUNKS = "unread-in-chunks"
"""The same of a body that is sent in chunks: a server may leave these alone unread, and read all others."""
OF_BODIES = frozenset({MALFORMED_BODY, INVALID_BODY, UNSUPPORTED_MEDIA_TYPE, UNREAD_IN_CHUNKS})
"""Varieties that are nothing of their own where no body is read at all."""

REFUSED = "refused-whole"
"""The variety of a valid request that is refused, though it is sent in one piece."""
REFUSED_IN_CHUNKS = "refused-in-chunks"
"""The same of one whose body is sent in chunks, which a server may lose: what is wrong with others is another thing."""

OF_FAULTS = frozenset({UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT, UPSTREAM_WRONG})
"""Varieties of what is taken though a service failed. Of other families, nobody knows which of these they are."""

NAMED_VARIETIES = frozenset({*OF_BODIES, UNREAD, BODY_TOO_LARGE, SESSION, *OF_FAULTS, REFUSED, REFUSED_IN_CHUNKS})
"""Varieties that are few, and each one thing to mend; what an answer says in words may be another thing each time."""

_MOST_BYTES = 2048
"""What is read of an answer's text: a page about an error says the most at its beginning."""
_MOST_WORDS = 64
_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"[\w-]+")
_LEAST_LETTERS = 3


def variety_of(exchange: Exchange, context: LawContext) -> str:
    """Return in which variety an answer is wrong, as words; empty: nothing is known of it.

    Of what is answered during a fault of the world, the cause names the part that had it, and what was promised.
    """
    case, answer = exchange.case, exchange.answer
    if not isinstance(answer, Answer):
        return ""
    if case.of_the_world:
        taken = answer.success and not case.expect.allows(answer.status)
        return case.family if taken and case.family in OF_FAULTS else ""
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        words = _words_of_failure(exchange, answer) - _names(context.operation)
        return " ".join(sorted(words)[:_MOST_WORDS])
    if not answer.success and _must_succeed(exchange, context) and AREAS.get(case.family) == BODY:
        return REFUSED_IN_CHUNKS if case.request.framing == "chunked" else REFUSED
    if not answer.success or not case.expect.refused:
        return ""
    area = AREAS.get(case.family, "")
    return area if area == SESSION else _wrong_with(exchange, context) if area == BODY else ""


def _must_succeed(exchange: Exchange, context: LawContext) -> bool:
    """Whether nothing but a success is right for a request, which is no text of raw bytes."""
    case, expect = exchange.case, exchange.case.expect
    valid = bool(expect.statuses) and expect.statuses <= context.operation.success_statuses
    return valid and case.request.raw is None and not (expect.any_answer or expect.refused)


def _wrong_with(exchange: Exchange, context: LawContext) -> str:
    """Return the one thing that is wrong with a request's body, as the contract has it; empty: it is not only one."""
    case = exchange.case
    if case.request.raw is not None:
        return ""
    refusals = admission(context.operation, case.request).refusals
    only = case.family if case.family in refusals else next(iter(refusals), "") if len(refusals) == 1 else ""
    if only == MALFORMED_BODY and _ends_early(case.request.body or b""):
        return UNREAD_IN_CHUNKS if case.request.framing == "chunked" else UNREAD
    return only if only in {*OF_BODIES, BODY_TOO_LARGE} else ""


def _ends_early(body: bytes) -> bool:
    """Whether a body begins as JSON, and ends before its value does: a reader that allows more than JSON has none."""
    text = body.decode(errors="replace").rstrip()
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return text[:1] in ("{", "[") and error.pos >= len(text)
    except RecursionError:
        return False
    return False


# What an answer says of a failure.


def said(exchange: Exchange) -> frozenset[str]:
    """Return the words of an answer that says that something has failed, without values of the request.

    What has a digit in it may be another one each time: an id, a line, a time.
    """
    answer = exchange.answer
    if not isinstance(answer, Answer) or answer.status < HTTPStatus.BAD_REQUEST:
        return frozenset()
    return frozenset(_words(answer.body[:_MOST_BYTES].decode(errors="replace"))) - _sent(exchange.sent)


def _words_of_failure(exchange: Exchange, answer: Answer) -> frozenset[str]:
    """Return the same of the values of a JSON answer, and of the text of a page: names and tags are in each."""
    try:
        texts = " ".join(texts_in(json.loads(answer.body)))
    except (ValueError, RecursionError):
        texts = _TAG.sub(" ", answer.body[:_MOST_BYTES].decode(errors="replace"))
    return frozenset(_words(texts[:_MOST_BYTES])) - _sent(exchange.sent)


def _names(operation: Operation) -> frozenset[str]:
    """Return the words of the names of members and parameters: which of them is missing makes no other failure."""
    contents = () if operation.body is None else operation.body.content.values()
    named = [word for each in contents if each is not None for word in _members(each)]
    return frozenset([*named, *(word for each in operation.parameters for word in _words(each.name))])


@lru_cache(maxsize=256)
def _members(schema: Schema) -> frozenset[str]:
    properties = (part.get("properties") for _, part in walk(schema.raw))
    names = (name for each in properties if isinstance(each, dict) for name in each)
    return frozenset(word for name in names for word in _words(name))


def _sent(request: Request) -> frozenset[str]:
    return frozenset(word for text in _values(request) for word in _words(text))


def _words(text: str) -> Iterator[str]:
    words = (word.strip("-_").lower() for word in _WORD.findall(text))
    return (word for word in words if len(word) >= _LEAST_LETTERS and not any(map(str.isdigit, word)))


def _values(request: Request) -> Iterator[str]:
    """Yield the texts that a request has as values: those of its members, and of its query; else its whole body."""
    path, _, query = request.target.partition("?")
    yield path
    yield from (value for _, value in parse_qsl(query))
    body = request.body or b""
    try:
        yield from texts_in(json.loads(body))
    except (ValueError, RecursionError):
        yield body.decode(errors="replace")


def texts_in(value: Any) -> Iterator[str]:
    """Yield the texts of a JSON value, without the names of members."""
    pending = [value]
    while pending:
        match pending.pop():
            case str() as text:
                yield text
            case dict() as members:
                pending += members.values()
            case list() as items:
                pending += items
            case _:
                pass
