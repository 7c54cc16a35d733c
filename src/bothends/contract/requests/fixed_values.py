"""What the contract fixes in requests: constants, the choices that there are, the examples of a header.

A valid request has such a value as it stands: no mark, no value of an exchange's own and no other host takes its place.
A case that breaks it on purpose has a value which the schema refuses, and stays as it is.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_plus

from bothends.contract.messages import MULTIPART, URL_ENCODED
from bothends.contract.tables import text_of
from bothends.schemas import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from bothends.documents import Place
    from bothends.records import Request
    from bothends.schemas import Schema

_RESERVED = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that OpenAPI ignores (3.1.0, section 4.8.12.2): their values come from elsewhere."""


# Reading.


def fixed_of_parameter(place: Place, schema: Place | None) -> tuple[str, ...]:
    """Return the texts of a parameter of which a valid request has one; none where the contract leaves it open."""
    described = schema.follow().value if schema is not None else {}
    described = described if isinstance(described, dict) else {}
    constants = _constants(described)
    is_header = place.text("in") == "header" and place.text("name").lower() not in _RESERVED
    return tuple(map(text_of, constants or (_examples(place, described) if is_header else ())))


def _constants(schema: dict[str, Any]) -> tuple[Any, ...]:
    """Return the only value that a schema takes, if it says so."""
    if "const" in schema:
        return (schema["const"],)
    choices = schema.get("enum")
    return (choices[0],) if isinstance(choices, list) and len(choices) == 1 else ()


def _examples(place: Place, described: dict[str, Any]) -> Iterator[Any]:
    """Yield the examples of a parameter, the one that requests have by default first."""
    if "example" in place.value:
        yield place.value["example"]
    examples = place.get("examples")
    for _, example in examples.members() if examples is not None else ():
        if "value" in example.mapping():
            yield example.value["value"]
    if "example" in described:
        yield described["example"]
    listed = described.get("examples")
    yield from listed if isinstance(listed, list) else ()


def texts_of(schema: Schema) -> Iterator[str]:
    """Yield the texts that a schema fixes, wherever it does: each of several choices, in objects and lists too."""
    for _, part in walk(schema.raw):
        choices = part.get("enum")
        for value in _constants(part) or (choices if isinstance(choices, list) else ()):
            yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict | list):
            pending += each.values() if isinstance(each, dict) else each


# Requests that are changed, but for what is fixed in them.


def beside_in_query(fixed: Collection[str], query: str, change: Callable[[str], str]) -> str:
    """Return a query, or a form that is written as one, changed but for the fields whose value is fixed."""
    if not any(unquote_plus(field.partition("=")[2]) in fixed for field in query.split("&")):
        return change(query)
    fields = query.split("&")
    return "&".join(field if unquote_plus(field.partition("=")[2]) in fixed else change(field) for field in fields)


def beside_in_path(fixed: Collection[str], path: str, change: Callable[[str], str]) -> str:
    """Return a path changed but for the segments that are fixed."""
    if not any(unquote(segment) in fixed for segment in path.split("/")):
        return change(path)
    return "/".join(segment if unquote(segment) in fixed else change(segment) for segment in path.split("/"))


def beside_in_body(fixed: Collection[str], request: Request, change: Callable[[bytes], bytes]) -> bytes | None:
    """Return the body of a request changed but for the values that are fixed, each as a whole.

    Args:
        fixed: The texts.
        request: The request.
        change: Changes the rest.
    """
    body = request.body
    if not body or not fixed:
        return body if body is None else change(body)
    media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type == URL_ENCODED:

        def changed(field: str) -> str:
            return change(field.encode("latin-1")).decode("latin-1")

        return beside_in_query(fixed, body.decode("latin-1"), changed).encode("latin-1")
    spellings = b"|".join(each for text in sorted(fixed) for each in _spellings(text, media_type))
    pieces = re.split(b"(" + spellings + b")", body)
    return b"".join(piece if number % 2 else change(piece) for number, piece in enumerate(pieces))


def _spellings(text: str, media_type: str) -> Iterator[bytes]:
    """Yield the patterns of a text that is a whole value: a string of JSON, or a part of a form."""
    if media_type == MULTIPART:
        yield rb"(?<=\r\n\r\n)%b(?=\r\n--)" % re.escape(text.encode())
    for plain in (True, False):
        yield re.escape(json.dumps(text, ensure_ascii=plain).encode("utf-8", "surrogatepass"))
