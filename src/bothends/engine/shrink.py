"""Smaller requests: what can be left out of one, largest steps first.

Whether a smaller request still shows a finding is for the caller to try. Candidates are plain
requests; those that the contract would judge otherwise are the caller's to leave out.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Request


def smaller(request: Request) -> Iterator[Request]:
    """Yield requests that are smaller in one respect: no body, fewer headers, a simpler body."""
    if request.body is not None:
        yield replace(
            request,
            body=None,
            framing="length",
            headers=tuple(h for h in request.headers if h[0].lower() != "content-type"),
        )
    if "?" in request.target:
        yield replace(request, target=request.target.partition("?")[0])
    for index in range(len(request.headers)):
        yield replace(request, headers=request.headers[:index] + request.headers[index + 1 :])
    if request.framing == "chunked":
        yield replace(request, framing="length")
    if request.body:
        yield from (replace(request, body=body) for body in _smaller_bodies(request.body))


def _smaller_bodies(body: bytes) -> Iterator[bytes]:
    try:
        value = json.loads(body)
        # The value itself comes first: written without white space, it may be smaller already.
        for candidate in itertools.chain((value,), _smaller_values(value)):
            text = _text(candidate)
            if len(text) < len(body):
                yield text
    except (ValueError, RecursionError):  # no JSON, or too deep to be taken apart as a value
        yield from _smaller_bytes(body)


def _text(value: Any) -> bytes:
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair can only be told by an escape
        return json.dumps(value, separators=(",", ":")).encode()


def _smaller_bytes(body: bytes) -> Iterator[bytes]:
    size = len(body) // 2
    while size:
        for start in range(0, len(body), size):
            yield body[:start] + body[start + size :]
        size //= 2


def _smaller_values(value: Any) -> Iterator[Any]:
    match value:
        case dict() if value:
            yield {}
            for key in value:
                yield {k: v for k, v in value.items() if k != key}
            for key, inner in value.items():
                yield from ({**value, key: candidate} for candidate in _smaller_values(inner))
        case list() if value:
            yield []
            for index in range(len(value)):
                yield value[:index] + value[index + 1 :]
            for index, inner in enumerate(value):
                yield from ([*value[:index], candidate, *value[index + 1 :]] for candidate in _smaller_values(inner))
        case str() if value:
            yield ""
            yield value[: len(value) // 2]
            yield value[1:]
        case bool() | None:
            return
        case int() | float() if value != 0:
            yield 0
