"""Ids that exist, as data: the places in requests that need one, what may give it, and the mark that stands for it.

It is any value that an answer gives to a later request: an id in a path or a body, the tag of an object in a header.

An id is known only when the target has made it or listed it. So a case has a mark in its place; when the case is sent,
an id replaces the mark. Cases, replays and the names of findings do not depend on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from bothends.contract.messages import RequestPlace
from bothends.contract.requests.marks import LENGTH, filled
from bothends.records import split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bothends.contract.messages import LinkedValue
    from bothends.records import Request
    from bothends.schemas import Schema

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_MARK = re.compile(r"~(id|theirs|own|never|former|weak|unquoted)\.([A-Za-z0-9_-]+)\.[0-9a-f]{8}~+")
_NAMED = {"theirs": "others-", "never": "unknown-", "former": "former-", "weak": "weak-", "unquoted": "unquoted-"}
"""What stands before the name of a place in reports, by the kind of its mark: which value it is."""
_INTEGER = re.compile(r"-?[0-9]{1,15}")
PRECONDITIONS = frozenset({"if-match", "if-none-match", "if-unmodified-since"})
"""Headers by which a request is about an object as it was seen (RFC 9110, section 13.1): by now, it may be another."""
AS_SEEN = PRECONDITIONS - {"if-none-match"}
"""Those of them that hold of an object as it was seen (RFC 9110, sections 13.1.1 and 13.1.4)."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that ask for no change (RFC 9110, section 9.2.1)."""


def effect(method: str) -> int:
    """Return the place of a method in the order of a run: what reads, what changes, what deletes."""
    if method in SAFE:
        return 0
    return 2 if method == "DELETE" else 1


How = Literal["link", "location", "answer", "path", "list"]

Variant = Literal["never", "former", "weak", "unquoted"]
"""What stands in place of the value of a known object: one like it that no object has, the value of before its last
change, the tag as a weak one (RFC 9110, section 8.8.1), the tag without its quotes."""
VARIANTS: tuple[Variant, ...] = ("never", "former", "weak", "unquoted")


@dataclass(frozen=True, slots=True)
class Link:
    """A link of an answer.

    Attributes:
        operation: The `operationId`, or the JSON pointer of an operation in the same document.
        values: By `(where, name)` of a place in its requests, the value that stands there; where is empty if it is not
            said. Of the body, the name is a JSON pointer into it.
    """

    operation: str
    values: tuple[tuple[tuple[str, str], LinkedValue], ...]


@dataclass(frozen=True, slots=True)
class IdSource:
    """An operation whose answer may give the values that lead to an object.

    Attributes:
        operation: The operation's ID.
        how: By what its answer gives them; `path`: by its own path, when it is a success.
        values: Of a link: each value, by how far it leads.
    """

    operation: str
    how: How
    values: tuple[tuple[str, LinkedValue], ...] = ()


@dataclass(frozen=True, slots=True)
class IdPlace(RequestPlace):
    """A place in requests whose value must be an id that exists, or another value that an answer has given.

    Attributes:
        leads: The path up to and including the parameter, names left out: `/orders/{}`. Of what is in no path, also
            the operation and the place.
        sources: What may give an id, in the order in which it is asked.
        pointer: Where the parameter, or the body, stands.
        shown: The schemas by which a GET shows the object that it leads to.
        schema: What the contract says of the place; None: anything.
        optional: Whether a request is right without it.
        guessed: Whether its name alone says what it is the id of: then any refusal of the value is right.
    """

    leads: str
    sources: tuple[IdSource, ...]
    pointer: str
    shown: tuple[Schema, ...] = field(default=(), compare=False, repr=False)
    schema: Schema | None = field(default=None, compare=False, repr=False)
    optional: bool = False
    guessed: bool = False

    @property
    def mark(self) -> str:
        """What stands there in a case: characters that no URL escapes."""
        return self._mark("id")

    @property
    def theirs(self) -> str:
        """What stands there in a case about another caller's object."""
        return self._mark("theirs")

    def variant(self, kind: Variant) -> str:
        """What stands there in a case about another value than that of an object."""
        return self._mark(kind)

    def fitting(self, value: Any) -> Any:
        """Return a value that an answer gave, as the place has it: what stood in a path may be a number in a body."""
        schema = self.schema
        if self.part != "body" or schema is None or not isinstance(value, str) or not _INTEGER.fullmatch(value):
            return value
        return int(value) if not schema.is_valid(value) and schema.is_valid(int(value)) else value

    @property
    def of_state(self) -> bool:
        """Whether its value is of an object as it was seen (RFC 9110, sections 13.1.1 and 13.1.4): a change ends it."""
        return self.part == "header" and self.name.lower() in AS_SEEN

    @property
    def title(self) -> str:
        """What a person calls it: the name of the parameter, or of the member of the body."""
        return split(self.name)[-1] if self.part == "body" else self.name

    def _mark(self, kind: str) -> str:
        # What stands in a body may have any length: cases about lengths count on it.
        return _mark_of(kind, self.title, self.leads).ljust(LENGTH if self.part == "body" else 0, "~")


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
        """Return the value of an exchange, as it stands in a path; no other run has the text `run`."""
        return quote(self.draw(Random(f"{run}/{number}/{self.name}")), safe="")  # noqa: S311 -- it is no secret


@cache
def _mark_of(kind: str, name: str, leads: str) -> str:
    digest = blake2b(leads.encode(), digest_size=4).hexdigest()
    return f"~{kind}.{_UNSAFE.sub('_', name)}.{digest}~"


# Marks in requests.


def marks_in(places: Iterable[IdPlace], request: Request) -> list[IdPlace]:
    """Return the places of an operation that have a mark of theirs in a request."""
    return [place for place in places if any(_has(place, mark, request) for mark in _marks(place))]


def variants_in(places: Iterable[IdPlace], request: Request) -> list[tuple[IdPlace, Variant]]:
    """Return the places of an operation with another value than that of an object in a request, each with which."""
    return [(place, kind) for place in places for kind in VARIANTS if _has(place, place.variant(kind), request)]


def _marks(place: IdPlace) -> Iterator[str]:
    yield place.mark
    yield place.theirs
    yield from map(place.variant, VARIANTS)


def _has(place: IdPlace, mark: str, request: Request) -> bool:
    match place.part:
        case "header":
            found = any(mark in text for _, text in request.headers)
        case "body":
            found = mark.encode() in (request.body or b"")
        case _:
            found = mark in request.target
    return found or (request.raw is not None and mark.encode() in request.raw)


def asks_for_theirs(places: Iterable[IdPlace], request: Request) -> bool:
    """Return whether a request is about another caller's object."""
    return any(_has(place, place.theirs, request) for place in places)


def filled_with_ids(
    places: Sequence[IdPlace],
    request: Request,
    values: Mapping[str, Any],
    made_up: Callable[[IdPlace], Any],
    variant: Callable[[IdPlace, Variant], Any] | None = None,
) -> Request:
    """Return a request with an id in place of each mark.

    Args:
        places: Those of the operation.
        request: As a case has it.
        values: Ids, by how far each leads.
        made_up: Returns what stands where none is known; None: a header is left out.
        variant: Returns what stands for another value than that of an object, None where there is none; None: nothing.
    """
    for place, kind in variants_in(places, request):
        other = None if variant is None else variant(place, kind)
        other = made_up(place) if other is None else place.fitting(other)
        if other is None:
            request = _without_header(request, place.variant(kind))
        else:
            request = filled(request, place.variant(kind), other)
    for place in marks_in(places, request):
        value = values.get(place.leads)
        value = made_up(place) if value in (None, "") else place.fitting(value)
        if value is None:
            request = _without_header(request, place.mark)
            continue
        for mark in (place.mark, place.theirs):
            request = filled(request, mark, value)
    return request


def _without_header(request: Request, mark: str) -> Request:
    return replace(request, headers=tuple(pair for pair in request.headers if mark not in pair[1]))


def ids_named(text: str) -> str:
    """Return a text in which each mark is the name of its parameter in braces, for a person to read.

    Before the name stands which value it is, where that is not the one of an object of the caller's: `{unknown-id}`.
    """
    return _MARK.sub(lambda mark: f"{{{_NAMED.get(mark[1], '')}{mark[2]}}}", text)


def ids_named_in(request: Request) -> Request:
    """Return a request in which each mark is the name of its place in braces, for a person to read."""

    def named(body: bytes | None) -> bytes | None:
        return body if body is None or b"~" not in body else ids_named(body.decode("latin-1")).encode("latin-1")

    return replace(
        request,
        target=ids_named(request.target),
        headers=tuple((name, ids_named(value)) for name, value in request.headers),
        body=named(request.body),
        raw=named(request.raw),
    )
