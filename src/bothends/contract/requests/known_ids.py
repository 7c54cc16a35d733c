"""Ids that exist, as data: the places in requests that need one, what may give it, and the mark that stands for it.

An id is known only when the target has made it or listed it. So a case has a mark in its place; when the case is sent,
an id replaces the mark. Cases, replays and the names of findings do not depend on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from bothends.contract.messages import RequestPlace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bothends.contract.messages import Expression
    from bothends.records import Request
    from bothends.schemas import Schema

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_MARK = re.compile(r"~(?:id|theirs|own)\.([A-Za-z0-9_-]+)\.[0-9a-f]{8}~")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that ask for no change (RFC 9110, section 9.2.1)."""


def effect(method: str) -> int:
    """Return the place of a method in the order of a run: what reads, what changes, what deletes."""
    if method in SAFE:
        return 0
    return 2 if method == "DELETE" else 1


How = Literal["link", "location", "answer", "path", "list"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link of an answer.

    Attributes:
        operation: The `operationId`, or the JSON pointer of an operation in the same document.
        values: By `(where, name)` of a parameter, the expression that has its value; where is empty if it is not said.
    """

    operation: str
    values: tuple[tuple[tuple[str, str], Expression], ...]


@dataclass(frozen=True, slots=True)
class IdSource:
    """An operation whose answer may give the values that lead to an object.

    Attributes:
        operation: The operation's ID.
        how: By what its answer gives them; `path`: by its own path, when it is a success.
        values: Of a link: the expression of each value, by how far it leads.
    """

    operation: str
    how: How
    values: tuple[tuple[str, Expression], ...] = ()


@dataclass(frozen=True, slots=True)
class IdPlace(RequestPlace):
    """A parameter of the path or the query whose value must be an id that exists.

    Attributes:
        leads: The path up to and including the parameter, names left out: `/orders/{}`. Of a query, also the operation.
        sources: What may give an id, in the order in which it is asked.
        pointer: Where the parameter stands.
        shown: The schemas by which a GET shows the object that it leads to.
    """

    leads: str
    sources: tuple[IdSource, ...]
    pointer: str
    shown: tuple[Schema, ...] = field(default=(), compare=False, repr=False)

    @property
    def mark(self) -> str:
        """What stands there in a case: characters that no URL escapes."""
        return self._mark("id")

    @property
    def theirs(self) -> str:
        """What stands there in a case about another caller's object."""
        return self._mark("theirs")

    def _mark(self, kind: str) -> str:
        return _mark_of(kind, self.name, self.leads)


@dataclass(frozen=True, slots=True)
class OwnPlace(RequestPlace):
    """A parameter of the path of a `PUT` that no other operation has in its path: each request has a value of its own.

    A `PUT` makes what is not there, and a second one at the same path is about what is there then (RFC 9110, section
    9.3.4). Some targets answer it as the first one whatever its body is: the value is the ID of a transaction. Nothing
    else asks for the object, so requests need no value in common.

    Attributes:
        leads: The path up to and including the parameter, names left out.
        draw: Makes a value that the schema takes.
    """

    leads: str
    draw: Callable[[Random], str] = field(compare=False, repr=False)

    @property
    def mark(self) -> str:
        """What stands there in a case."""
        return _mark_of("own", self.name, self.leads)

    def value(self, run: str, number: int) -> str:
        """Return the value of an exchange, as it stands in a path.

        Args:
            run: What no other run has.
            number: The exchange's.
        """
        return quote(self.draw(Random(f"{run}/{number}/{self.name}")), safe="")  # noqa: S311 -- it is no secret


def _mark_of(kind: str, name: str, leads: str) -> str:
    digest = blake2b(leads.encode(), digest_size=4).hexdigest()
    return f"~{kind}.{_UNSAFE.sub('_', name)}.{digest}~"


# Marks in requests.


def marks_in(places: Iterable[IdPlace], request: Request) -> list[IdPlace]:
    """Return the places of an operation that have their mark in a request."""
    raw = request.raw or b""
    return [
        place
        for place in places
        if any(mark in request.target or mark.encode() in raw for mark in (place.mark, place.theirs))
    ]


def asks_for_theirs(places: Iterable[IdPlace], request: Request) -> bool:
    """Return whether a request is about another caller's object."""
    return any(place.theirs in request.target for place in places)


def filled_with_ids(
    places: Iterable[IdPlace], request: Request, values: Mapping[str, str], made_up: Callable[[IdPlace], str]
) -> Request:
    """Return a request with an id in place of each mark.

    Args:
        places: Those of the operation.
        request: As a case has it.
        values: Ids, by how far each leads.
        made_up: Returns what stands where none is known.
    """
    for place in marks_in(places, request):
        text = quote(values.get(place.leads) or made_up(place), safe="")
        target, raw = request.target, request.raw
        for mark in (place.mark, place.theirs):
            target = target.replace(mark, text)
            raw = None if raw is None else raw.replace(mark.encode(), text.encode())
        request = replace(request, target=target, raw=raw)
    return request


def ids_named(text: str) -> str:
    """Return a text in which each mark is the name of its parameter in braces, for a person to read."""
    return _MARK.sub(lambda mark: f"{{{mark[1]}}}", text)
