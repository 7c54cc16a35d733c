"""Which operations of a document are under test.

Without a choice, those that say more than OpenAPI can (a callback, `x-sends`, `x-registers`, `x-given`) or that a pact
is about, where there are any; else all. A large document is then read only as far as these reach. With them go those
of which the contract says what their object needs, or in which states it is right (`x-needs`, `x-transitions`), and
what these name or rely on. They say nothing of all others: alone, they leave out none.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from bothends.contract.messages import fits
from bothends.contract.openapi.strays import X_NEEDS, X_REGISTERS, X_SENDS, X_TRANSITIONS
from bothends.contract.openapi.structure import METHODS, check_path_item
from bothends.errors import ContractError, did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from bothends.documents import Place
    from bothends.errors import Location

_MOST_LISTED = 12
_ABOUT_OBJECTS = frozenset({X_NEEDS, X_TRANSITIONS})
_PARAMETER = re.compile(r"\{[^/]*\}")


@dataclass(frozen=True, slots=True)
class OperationPlace:
    """Where an operation stands.

    Attributes:
        path: The path, with its `{parameters}`.
        method: HTTP method, lower case.
        item: The path item.
        place: The operation itself.
    """

    path: str
    method: str
    item: Place
    place: Place

    @property
    def line(self) -> str:
        """The method and the path: `POST /orders`."""
        return f"{self.method.upper()} {self.path}"

    @property
    def id(self) -> str:
        """Its `operationId`; the method and the path where it has none."""
        own = self.place.mapping().get("operationId")
        return own if isinstance(own, str) and own else self.line

    def is_meant(self, pattern: str) -> bool:
        """Return whether a pattern (`createOrder`, `POST /orders`, `GET /orders/*`) is of this operation."""
        return pattern in {self.id, self.line} or any(fnmatchcase(name, pattern) for name in (self.id, self.line))

    def is_asked(self, requests: Iterable[tuple[str, str]]) -> bool:
        """Return whether one of some requests, each by its method and path, is for this operation."""
        return any(method == self.method.upper() and fits(self.path, path) for method, path in requests)

    @property
    def says_more(self) -> bool:
        """Whether it says what OpenAPI alone can't: which events it sends, or what leads to an answer."""
        if {"callbacks", X_REGISTERS, X_SENDS} & self.place.mapping().keys():
            return True
        return any(_has_given(self.place, status) for status in self._statuses)

    @property
    def says_of_objects(self) -> bool:
        """Whether it says what its object needs, or in which states of it it is right."""
        return not _ABOUT_OBJECTS.isdisjoint(self.place.mapping())

    @property
    def shape(self) -> list[str]:
        """The parts of its path, parameters without their names."""
        return _PARAMETER.sub("{}", self.path).strip("/").split("/")

    @property
    def _statuses(self) -> tuple[str, ...]:
        responses = self.place.mapping().get("responses")
        return tuple(responses) if isinstance(responses, dict) else ()


@dataclass(frozen=True, slots=True)
class Unusable:
    """A part of the document that can't be used.

    Attributes:
        what: What it is: `POST /orders`, `the callback 'orderPlaced' of POST /orders`.
        error: Why, and where.
    """

    what: str
    error: ContractError


@dataclass(frozen=True, slots=True)
class Selection:
    """The operations under test, and what is not.

    Attributes:
        chosen: Where each of them stands, in the document's order.
        left_out: The names of those that are left out.
        routes: The method, in upper case, and the path of each operation of the document.
        unusable: The paths that can't be read.
        by_name: Whether somebody has chosen them.
        every: Where each operation of the document stands that can be read, those that are left out among them.
    """

    chosen: tuple[OperationPlace, ...]
    left_out: tuple[str, ...] = ()
    routes: tuple[tuple[str, str], ...] = ()
    unusable: tuple[Unusable, ...] = ()
    by_name: bool = False
    every: tuple[OperationPlace, ...] = ()


def select(root: Place, wanted: Sequence[str] | None, where: Location | None, pacts: Path | None = None) -> Selection:
    """Return the operations of a document that are under test.

    Args:
        root: The document.
        wanted: Names and patterns of operations; None: nobody has chosen.
        where: Where these stand; None: on the command line.
        pacts: The folder of pacts; None: there is none.

    Raises:
        ContractError: The paths are no mapping, or a pattern is of none of the operations.
    """
    unusable: list[Unusable] = []
    found = list(_operations(root, unusable))
    if wanted is None:
        asked = list(_asked_by(pacts)) if pacts is not None else []
        more = [each for each in found if each.says_more or each.is_asked(asked)]
        chosen = _with_those_about_objects(more, found) or found
    else:
        for pattern in wanted if found else ():  # a document without any is told as that
            if not any(each.is_meant(pattern) for each in found):
                raise _unknown(pattern, found, where)
        chosen = [each for each in found if any(each.is_meant(pattern) for pattern in wanted)]
    kept = set(map(id, chosen))
    left_out = tuple(each.id for each in found if id(each) not in kept)
    routes = tuple((each.method.upper(), each.path) for each in found)
    unread = tuple(each for each in unusable if wanted is None or any(_may_mean(pattern, each) for pattern in wanted))
    return Selection(tuple(chosen), left_out, routes, unread, wanted is not None, tuple(found))


def _with_those_about_objects(
    chosen: Sequence[OperationPlace], found: Sequence[OperationPlace]
) -> list[OperationPlace]:
    """Return some operations with those that say what their objects need, and what these rely on; none with none."""
    kept = set(map(id, chosen))
    pending = [each for each in found if id(each) in kept or each.says_of_objects] if chosen else []
    kept |= set(map(id, pending))
    while pending:
        each = pending.pop()
        more = [one for one in found if id(one) not in kept and _relies_on(each, one)]
        kept |= set(map(id, more))
        pending += more
    return [each for each in found if id(each) in kept]


def _relies_on(operation: OperationPlace, other: OperationPlace) -> bool:
    """Whether what an operation says of its object can't be read without another one: a step, a reader, a maker."""
    said = operation.place.mapping()
    needs, states = said.get(X_NEEDS), said.get(X_TRANSITIONS)
    steps = needs.get("steps") if isinstance(needs, dict) else None
    named = [one.get("operation") if isinstance(one, dict) else one for one in steps] if isinstance(steps, list) else []
    if other.id in named:
        return True
    if not isinstance(states, dict):
        return False
    shape = other.shape if other.method == "get" else [*other.shape, "{}"]
    about = operation.shape if "from" in states and "per" not in states else [*operation.shape, "{}"]
    is_one = other.method in {"get", "post"} and shape[-1] == "{}" and about[: len(shape)] == shape
    return is_one or other.id == states.get("read")


def _may_mean(pattern: str, path: Unusable) -> bool:
    """Return whether a pattern may be of an operation of a path that can't be read: whose names are not known."""
    lines = [f"{method.upper()} {path.what}" for method in METHODS]
    return any(line == pattern or fnmatchcase(line, pattern) for line in lines)


def _has_given(operation: Place, status: str) -> bool:
    try:
        return "x-given" in operation.child("responses").child(status).follow().mapping()
    except ContractError:
        return False  # what is wrong with it is told when it is read


def _operations(root: Place, unusable: list[Unusable]) -> Iterator[OperationPlace]:
    paths = root.get("paths")
    for path in paths.mapping() if paths is not None else ():
        if path.startswith("x-"):
            continue
        try:
            written = paths.child(path) if paths is not None else root
            check_path_item(written)
            item = written.follow()
            methods = [method for method in METHODS if method in item.mapping()]
            places = [(method, item.child(method).follow()) for method in methods]
            for _, place in places:
                place.mapping()
        except ContractError as error:
            unusable.append(Unusable(path, error))
            continue
        yield from (OperationPlace(path, method, item, place) for method, place in places)


def _asked_by(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the method and the path of each request in the pacts of a folder.

    What is wrong with a pact is told when it is verified.
    """
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            pact = json.loads(file.read_bytes())
            interactions = pact.get("interactions", ())
            requests = [each["request"] for each in interactions if "request" in each]
            yield from [(str(request.get("method", "")).upper(), str(request.get("path", ""))) for request in requests]
        except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
            continue


def _unknown(pattern: str, found: Sequence[OperationPlace], where: Location | None) -> ContractError:
    known = list(dict.fromkeys(name for each in found for name in (each.id, each.line)))
    listed = [each.id for each in found]
    more = ", …" if len(listed) > _MOST_LISTED else ""
    return ContractError(
        f"The spec has no operation '{pattern}'.",
        where=where,
        expected=one_of(listed[:_MOST_LISTED]) + more if listed else "an operation of the spec",
        advice=did_you_mean(pattern, known),
    )
