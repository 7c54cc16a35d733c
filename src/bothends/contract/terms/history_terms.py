"""What the contract promises of several requests about one object: `x-state`, `x-consistency`, `x-pages`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bothends.contract.terms.delivery_terms import check_extension

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.documents import Place
    from bothends.errors import Location

_STATE = (
    "id: a JSON pointer into the event; and perhaps of, shows, as (current, of-write or change), coalesces, version, "
    "order: per-object, readable, ends"
)
_CONSISTENCY = "strong, own-writes, or {within_ms: 2000}"
_PAGES = "items: a JSON pointer to a list; and perhaps next, stable"
_READS = "GET"


@dataclass(frozen=True, slots=True)
class StateTerms:
    """What `x-state` says of an event: the object that it is about, and which state of it the event shows.

    Attributes:
        id: JSON pointer to what names the object.
        of: The ID of the operation that reads the object; empty: the contract does not say here.
        shows: By JSON pointers into the event, pointers into the object as it is read; None: it is not said what the
            event shows.
        shown_as: `current`: the state when the event was made, or a later one; `of-write`: that just after its write;
            `change`: the members that changed.
        coalesces: Whether one event may stand for several writes.
        version: JSON pointer to a version that grows with writes; None: there is none.
        order: Whether no event of an object is sent before the one before it is acknowledged or given up.
        readable: Whether a read shows at least what the event shows, once that arrives.
        ends: Whether the object is gone after it.
        location: Where it stands.
    """

    id: str
    of: str = ""
    shows: Mapping[str, str] | None = None
    shown_as: Literal["current", "of-write", "change"] = "current"
    coalesces: bool = False
    version: str | None = None
    order: bool = False
    readable: bool = False
    ends: bool = False
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Consistency:
    """How old the object may be that an operation reads.

    Attributes:
        kind: `strong`: it shows all that was acknowledged before; `own-writes`: all of the same caller; `within`: all
            that was acknowledged `within_ms` before.
        within_ms: How old it may be, milliseconds; 0 where that is not the promise.
        location: Where it stands.
    """

    kind: Literal["strong", "own-writes", "within"]
    within_ms: int = 0
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PageTerms:
    """How a list is read in pages, of which a walk through all has each item once.

    Attributes:
        items: JSON pointer to the items of a page.
        next: JSON pointer to what leads to the next page; empty: links do.
        stable: Whether a walk has each item once while items come and go as well.
        location: Where it stands.
    """

    items: str
    next: str = ""
    stable: bool = False
    location: Location | None = field(default=None, compare=False)


def read_state(extension: Place, name: str) -> StateTerms:
    """Return what an `x-state` says, or raise a `ContractError`."""
    check_extension(extension, name, _STATE)
    said: dict[str, Any] = extension.value
    shows = said.get("shows")
    return StateTerms(
        said["id"],
        said.get("of", ""),
        {shows: ""} if isinstance(shows, str) else shows,
        said.get("as", "current"),
        coalesces=said.get("coalesces", False),
        version=said.get("version"),
        order="order" in said,
        readable=said.get("readable", False),
        ends=said.get("ends", False),
        location=extension.location,
    )


def read_consistency(operation: Place, name: str) -> Consistency | None:
    """Return what the `x-consistency` of an operation says; None: it has none.

    Raises:
        ContractError: It is not what its schema asks for, or the operation reads nothing.
    """
    if name not in operation.mapping():
        return None
    extension = operation.child(name)
    check_extension(extension, name, _CONSISTENCY)
    _check_reads(extension, operation, name)
    if isinstance(extension.value, dict):
        return Consistency("within", extension.value["within_ms"], location=extension.location)
    return Consistency(extension.value, location=extension.location)


def read_pages(operation: Place, name: str) -> PageTerms | None:
    """Return what the `x-pages` of an operation says; None: it has none.

    Raises:
        ContractError: It is not what its schema asks for, or the operation reads nothing.
    """
    if name not in operation.mapping():
        return None
    extension = operation.child(name)
    check_extension(extension, name, _PAGES)
    _check_reads(extension, operation, name)
    said: dict[str, Any] = extension.value
    return PageTerms(said["items"], said.get("next", ""), stable=said.get("stable", False), location=extension.location)


def _check_reads(extension: Place, operation: Place, name: str) -> None:
    method = operation.pointer.rpartition("/")[2].upper()
    if method != _READS:
        problem = f"{name} is about what is read, and this is no {_READS}."
        raise extension.error(problem, expected=f"{name} on a {_READS}")
