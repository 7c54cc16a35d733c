"""What OpenAPI 3.2 adds to 3.1, and bothends does not look at: it is told, with its place, and the rest is read as 3.1.

Read are a Path Item's usual methods, and media types by their `schema`. Of the additions, those are meant that say
something of requests, answers or events (3.2.0, appendix on changes); what they add for readers is in nobody's way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.openapi.selection import Unusable
from bothends.contract.openapi.structure import INSIDE, METHODS
from bothends.errors import ContractError
from bothends.records import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.openapi.structure import Kind
    from bothends.documents import Place

VERSION = "3.2"
_ADDED: dict[str, frozenset[str]] = {
    "path-item": frozenset({"query", "additionalOperations"}),
    "media-type": frozenset({"itemSchema", "itemEncoding", "prefixEncoding"}),
    "encoding": frozenset({"encoding", "itemEncoding", "prefixEncoding"}),
    "example": frozenset({"dataValue", "serializedValue"}),
}
_COMPONENTS: dict[str, Kind] = {
    "responses": "response",
    "parameters": "parameter",
    "examples": "example",
    "requestBodies": "request-body",
    "headers": "header",
    "links": "link",
    "callbacks": "callbacks",
    "pathItems": "path-item",
    "mediaTypes": "media-type",
}
_QUERY_STRING = "in: querystring"


def not_looked_at(root: Place) -> tuple[Unusable, ...]:
    """Return what of a document 3.2 has added, each word once, with the place where it stands first."""
    if root.library.version != VERSION:
        return ()
    first: dict[str, str] = {}
    counts: dict[str, int] = {}
    for word, pointer in _in_document(root.value):
        first.setdefault(word, pointer)
        counts[word] = counts.get(word, 0) + 1
    return tuple(
        Unusable(
            f"{word} of OpenAPI 3.2",
            ContractError(
                f"It is not looked at{_more(counts[word] - 1)}.",
                where=root.document.location(pointer),
            ),
        )
        for word, pointer in first.items()
    )


def _more(count: int) -> str:
    return f", here and at {count:,} further place{'s' if count > 1 else ''}" if count else ""


def _in_document(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "$self" in document:
        yield "$self", join("$self")
    for key in ("paths", "webhooks"):
        yield from _in_each(document.get(key), "path-item", join(key))
    components = document.get("components")
    known = components if isinstance(components, dict) else {}
    for key, kind in _COMPONENTS.items():
        yield from _in_each(known.get(key), kind, join("components", key))


def _in_each(holder: Any, kind: Kind, pointer: str) -> Iterator[tuple[str, str]]:
    items: Any = ()
    if isinstance(holder, dict):
        items = holder.items()
    elif isinstance(holder, list):
        items = enumerate(holder)
    for key, value in items:
        yield from _in_part(value, kind, pointer + join(key))


def _in_part(value: Any, kind: Kind, pointer: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict) or "$ref" in value:
        return
    for word in value:
        if word in _ADDED.get(kind, ()):
            yield word, pointer + join(word)
    if kind == "parameter" and value.get("in") == "querystring":
        yield _QUERY_STRING, pointer + join("in")
    if kind == "callbacks":
        yield from _in_each(value, "path-item", pointer)
    for key, inner in INSIDE.get(kind, {}).items():
        if key == "requestBody" or key in METHODS:
            yield from _in_part(value.get(key), inner, pointer + join(key))
        else:
            yield from _in_each(value.get(key), inner, pointer + join(key))
