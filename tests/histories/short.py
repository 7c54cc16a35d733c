"""Short ways to write down the operations of one object, `it`, which has the members `a` and `b` at first."""

from __future__ import annotations

from typing import Any

from bothends.histories import (
    Attempt,
    Event,
    History,
    HistoryObject,
    OrderVerdict,
    Read,
    Write,
    WriteKind,
    order_of,
    records_of,
)

FIRST = {"a": "a-first", "b": "b-first"}


def write(name: str, begin: float, end: float | None, status: int | None = 200, **sets: Any) -> Write:
    """Return a PATCH; with all members, a PUT."""
    kind = WriteKind.PUT if sets.keys() == FIRST.keys() else WriteKind.PATCH
    return Write(name, "ann", "it", kind, begin, end, status, sets)


def create(name: str, begin: float, end: float | None, status: int | None = 201, **sets: Any) -> Write:
    """Return a creation."""
    return Write(name, "ann", "it", WriteKind.CREATE, begin, end, status, sets)


def delete(name: str, begin: float, end: float | None, status: int | None = 204) -> Write:
    """Return a DELETE."""
    return Write(name, "ann", "it", WriteKind.DELETE, begin, end, status)


def read(name: str, begin: float, end: float, *, tag: str | None = None, caller: str = "bob", **shows: Any) -> Read:
    """Return a reading; one that shows nothing says that the object is not there."""
    return Read(name, caller, "it", begin, end, shows, absent=not shows, tag=tag)


def event(name: str, begin: float, end: float | None, version: float | None = None, **shows: Any) -> Event:
    """Return an event that was sent once, stored and acknowledged."""
    return Event(name, "it", (Attempt(begin, end),), shows, version)


def history(
    *parts: Write | Read | Event, there: bool = True, quiet: float | None = None, thing: HistoryObject | None = None
) -> History:
    """Return the history of one object."""
    return History(
        ("ann", "bob", "eve"),
        (thing or HistoryObject("it", FIRST if there else None),),
        tuple(each for each in parts if isinstance(each, Write)),
        tuple(each for each in parts if isinstance(each, Read)),
        tuple(each for each in parts if isinstance(each, Event)),
        quiet=quiet,
    )


def judged(
    *parts: Write | Read | Event, there: bool = True, preconditions: bool = False, thing: HistoryObject | None = None
) -> OrderVerdict:
    """Return whether some order explains what was seen."""
    (record,) = records_of(history(*parts, there=there, thing=thing))
    return order_of(record, preconditions=preconditions)
