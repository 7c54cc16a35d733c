"""Marks: what stands in a case for a value that is known only when its request is sent.

A mark has only characters that no URL, form or JSON text escapes. In a body it stands as a text, whatever the type of
the value is: the schema of the body takes it there.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from bothends.contract.messages import URL_ENCODED, Change, one_byte_chunks
from bothends.contract.tables import text_of
from bothends.records import MISSING, join, resolve, split, with_value
from bothends.schemas import located, targets_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.records import Request
    from bothends.schemas import Schema, Target

LENGTH = 64
"""A mark in a body is as long as most ids are, or longer: JSON takes white space for what is left."""
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_VERSION = b" HTTP/"
_LENGTHS = re.compile(rb"(?i)(\r\ncontent-length: *)(\d+)(?=\r\n)")
_HEAD_ENDS = re.compile(rb"\r\n(?:@[A-Z]+[0-9]?@)?\r\n")
"""Where the head of a raw request ends: the last line may be a credential's, which has its own mark."""
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})(?:;[^\r\n]*)?\r\n")
_BRANCHES = ("anyOf", "oneOf")


class MarkedPlace(Protocol):
    """A place in requests that has a mark."""

    @property
    def part(self) -> str:
        """`path`, `query`, `header` or `body`."""
        ...

    @property
    def name(self) -> str:
        """Name of the parameter or the header, or JSON pointer into the body."""
        ...

    @property
    def mark(self) -> str:
        """What stands there in a case."""
        ...

    @property
    def schema(self) -> Schema | None:
        """What the contract says of the place; None: anything."""
        ...

    def rewritten(self, request: Request, change: Change, path: str = "") -> Request:
        """Return a request with other values there."""
        ...


def marked_there(place: MarkedPlace, value: Any, *, as_text: bool) -> Any:
    """Return the mark in place of what the contract takes there; anything else stays."""
    readings = [value]
    if as_text and isinstance(value, str) and _INTEGER.fullmatch(value):
        readings.append(int(value))
    takes = place.schema is None or any(map(place.schema.is_valid, readings))
    return place.mark if takes else value


def with_marks(places: Sequence[MarkedPlace], request: Request, path: str) -> Request:
    """Return a request with marks in all places that hold what the contract takes there.

    What the contract refuses there is what the case is about: it stays.

    Args:
        places: Those of the operation.
        request: Its request.
        path: The operation's path, with its `{parameters}`.
    """
    if request.raw is not None:
        return request
    for place in places:

        def mark(value: Any, *, as_text: bool, place: MarkedPlace = place) -> Any:
            return marked_there(place, value, as_text=as_text)

        request = place.rewritten(request, mark, path)
    return request


def with_marks_within(places: Sequence[MarkedPlace], value: Any) -> Any:
    """Return a JSON body with the marks in it, where it has what the contract takes there."""
    for place in places:
        there = resolve(value, place.name) if place.part == "body" else MISSING
        if there is not MISSING:
            value = with_value(value, split(place.name), marked_there(place, there, as_text=False))
    return value


# Schemas of bodies.


def taking_mark(schema: Schema, pointer: str, mark: str) -> Schema:
    """Return the schema of a body that takes a mark at a JSON pointer, and else what it takes."""
    raw: Any = schema.raw
    for at in dict.fromkeys(_places_of(targets_in(raw), raw, "", split(pointer), frozenset())):
        raw = with_value(raw, split(at), {"anyOf": [{"const": mark}, resolve(raw, at)]})
    return schema.like(raw)


def schema_within(schema: Schema, pointer: str) -> Schema | None:
    """Return what the schema of a body says of a place in it, by itself; None: it says nothing certain.

    Args:
        schema: The schema.
        pointer: JSON pointer to the place in the body.
    """
    found = list(dict.fromkeys(_places_of(targets_in(schema.raw), schema.raw, "", split(pointer), frozenset())))
    if not found:
        return None
    definitions = schema.raw.get("$defs", {})
    parts = [part for at in found if isinstance(part := resolve(schema.raw, at), dict)]
    whole = parts[0] if len(parts) == 1 else {"allOf": parts}
    return schema.like({**whole, "$defs": definitions} if definitions else whole)


def _places_of(
    target: Target, part: Any, at: str, keys: Sequence[str], seen: frozenset[tuple[str, int]]
) -> Iterator[str]:
    """Yield the pointers in a schema to what it says of a place in the body."""
    if not isinstance(part, dict) or (at, len(keys)) in seen:
        return
    if not keys:
        if at:
            yield at
        return
    seen |= {(at, len(keys))}
    for inner, each in located(part, at, target):
        yield from _places_of(target, each, inner, keys, seen)
    for word in _BRANCHES:
        for number, each in enumerate(part.get(word, ())):
            yield from _places_of(target, each, at + join(word, number), keys, seen)
    named = part.get("properties", {})
    if keys[0] in named:
        yield from _places_of(target, named[keys[0]], at + join("properties", keys[0]), keys[1:], seen)
    elif keys[0].isdigit() and "items" in part:
        yield from _places_of(target, part["items"], at + join("items"), keys[1:], seen)


# Values in requests.


def filled(request: Request, mark: str, value: Any) -> Request:
    """Return a request with a value in place of a mark, wherever it stands.

    Args:
        request: As a case has it.
        mark: The mark.
        value: A JSON value; in a URL, a header or a form it stands as its text.
    """
    return replace(
        request,
        target=request.target.replace(mark, quote(text_of(value), safe="")),
        headers=tuple((name, text.replace(mark, text_of(value))) for name, text in request.headers),
        body=None if request.body is None else _filled_body(request, request.body, mark, value),
        raw=None if request.raw is None else _filled_raw(request.raw, mark, value),
    )


def _filled_body(request: Request, body: bytes, mark: str, value: Any) -> bytes:
    is_form = (request.header("content-type") or "").lower().startswith(URL_ENCODED)
    text = quote(text_of(value), safe="") if is_form else text_of(value)
    # Where a case is about the length of a body, white space keeps it; JSON takes it (RFC 8259 section 2).
    keep = len(body) > LENGTH * 8
    whole = len(body)
    body = _in_json(body, mark, value, keep=keep)
    while keep and len(body) > whole and body.endswith(b"  "):
        body = body[:-1]
    return body.replace(mark.encode(), text.encode())


def _in_json(body: bytes, mark: str, value: Any, *, keep: bool) -> bytes:
    there = json.dumps(mark).encode()
    new = json.dumps(value, ensure_ascii=False).encode()
    new = new.ljust(len(there)) if keep else new
    return body.replace(there, new).replace(one_byte_chunks(there), one_byte_chunks(new.ljust(len(there))))


def _with_room(raw: bytes, there: bytes, longer: int) -> bytes:
    """Return raw requests whose lengths, of bodies and of chunks, are those after a text in them has become longer.

    There may be several requests in a row. A length that is wrong on purpose stays as wrong as it was; one that ends
    before the text is left alone.
    """
    at = raw.rfind(there) if longer > 0 else -1
    while at >= 0:
        end = at + len(there)
        line = raw.rfind(b"\r\n", 0, at) + 2
        size = raw.rfind(b"\r\n", 0, max(line - 2, 0)) + 2
        chunk = _CHUNK.fullmatch(raw, size, line)
        if chunk is not None and end - line <= int(chunk[1], 16):
            raw = b"%b%x%b" % (raw[:size], int(chunk[1], 16) + longer, raw[chunk.end(1) :])
        heads = [one.end() for one in _HEAD_ENDS.finditer(raw, 0, at)]
        head, body = ([0, 0, *heads])[-2:]
        for one in reversed([*_LENGTHS.finditer(raw, head, body)]):
            if end - body <= int(one[2]):
                raw = b"%b%d%b" % (raw[: one.start(2)], int(one[2]) + longer, raw[one.end(2) :])
        at = raw.rfind(there, 0, at)
    return raw


def _filled_raw(raw: bytes, mark: str, value: Any) -> bytes:
    target = quote(text_of(value), safe="").encode()
    # What a request line asks for need not be near the beginning of a line: a request may follow another's body.
    *lines, rest = raw.split(_VERSION)
    halves = [line.rpartition(b" ") for line in lines]
    raw = _VERSION.join(
        [*(before + space + last.replace(mark.encode(), target) for before, space, last in halves), rest]
    )
    there = json.dumps(mark).encode()
    raw = _with_room(raw, there, len(json.dumps(value, ensure_ascii=False).encode()) - len(there))
    raw = _in_json(raw, mark, value, keep=True)
    return raw.replace(mark.encode(), text_of(value).encode())
