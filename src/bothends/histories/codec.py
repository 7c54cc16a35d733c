"""Histories as JSON and back."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from bothends.errors import ContractError
from bothends.histories.history import History
from bothends.histories.promises import Promises
from bothends.records import Coder, Coders, NothingHidden
from bothends.schemas import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.histories.history import Event, Read, Walk, Write
    from bothends.records import Hider


@cache
def _coder() -> tuple[Coder, Schema]:
    coders = Coders(vars(sys.modules[History.__module__]))
    coder = coders.of(History)
    return coder, Schema({**coder.schema, "$defs": coders.definitions})


def history_to_json(history: History, hide: Hider | None = None) -> Any:
    """Return a history as a JSON value, without the secrets that `hide` knows."""
    return _coder()[0].write(history, hide or NothingHidden())


def history_from_json(value: Any) -> History:
    """Return the history that a JSON value has.

    Raises:
        ContractError: It is none, or it contradicts itself; the error says where.
    """
    coder, schema = _coder()
    errors = schema.errors(value)
    if errors:
        first = errors[0]
        raise ContractError(f"This is no history: at {first.pointer or 'its root'}: {first.message}.")
    history: History = coder.read(value)
    for problem in _contradictions(history):
        raise ContractError(f"This history contradicts itself: {problem}.")
    return history


@cache
def _promises() -> Coder:
    return Coders(vars(sys.modules[Promises.__module__])).of(Promises)


def promises_to_json(promises: Promises) -> Any:
    """Return what is promised as a JSON value."""
    return _promises().write(promises, NothingHidden())


def promises_from_json(value: Any) -> Promises:
    """Return what is promised, as it was written."""
    found: Promises = _promises().read(value)
    return found


def _contradictions(history: History) -> Iterator[str]:
    """Yield what no history can have."""
    requests: tuple[Write | Read, ...] = (*history.writes, *history.reads)
    calls: tuple[Write | Read | Walk, ...] = (*requests, *history.walks)
    about: tuple[Write | Read | Event, ...] = (*requests, *history.events)
    yield from _repeated("object", (each.id for each in history.objects))
    yield from _repeated("operation", (each.id for each in calls))
    yield from _repeated("event", (each.id for each in history.events))
    callers, objects = set(history.callers), {each.id for each in history.objects}
    for request in requests:
        if request.end is not None and not request.begin <= request.end:
            yield f"{request.id!r} ends before it begins"
    for each in calls:
        if each.caller not in callers:
            yield f"{each.id!r} is of the caller {each.caller!r}, which is not among the callers"
    for one in about:
        if one.of not in objects:
            yield f"{one.id!r} is about {one.of!r}, which is not among the objects"
    yield from _half_recorded(history)


def _half_recorded(history: History) -> Iterator[str]:
    writes = {each.id for each in history.writes}
    for event in history.events:
        if event.write is not None and event.write not in writes:
            yield f"the event {event.id!r} is tied to {event.write!r}, which is not among the writes"
        if not event.attempts:
            yield f"the event {event.id!r} has no attempt"
    for walk in history.walks:
        if not walk.pages:
            yield f"{walk.id!r} has no page"


def _repeated(what: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"two are the {what} {name!r}"
        seen.add(name)
