"""Sees with what the values of an event always agree, where no `x-from` says where they come from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from bothends.contract.terms import Source
from bothends.engine.counts import counted, told_apart
from bothends.engine.evidence.agreement import agrees, likeliest, sources
from bothends.records import texts_and_numbers

if TYPE_CHECKING:
    from bothends.contract import Contract, EventContract, Operation
    from bothends.contract.terms import SourceKind
    from bothends.engine.counts import Counts, Key
    from bothends.records import Delivery, Exchange

# A place is counted once in each part of a run, and so is a source that always agreed there: one that was counted as
# often as its place has agreed in all of them.
_PLACE = counted("event values", "operation", "callback", "pointer", of_the_target=True)
_AGREED = counted("event values agreed", "operation", "callback", "pointer", "kind", "source", of_the_target=True)
_VALUE = counted("event values apart", "operation", "callback", "pointer", "value", of_the_target=True)
_OF_CALLER = counted(
    "event values of callers", "operation", "callback", "pointer", "caller", "value", of_the_target=True
)
_OF_NO_CALLER = counted("event values of no caller", "operation", "callback", "pointer", of_the_target=True)
_MOST_PLACES = 32
_ENOUGH = 3
"""Different values that a place must have had: fewer may agree with something by chance."""
_MOST_CALLERS = 64


@dataclass(slots=True)
class _Place:
    """What was seen of a value of an event: the sources that have always agreed, some values, and those of callers."""

    sources: tuple[Source, ...]
    values: set[str] = field(default_factory=set)
    callers: dict[int, str] = field(default_factory=dict)


class SourceNotes:
    """Counts exchanges."""

    def __init__(self, counts: Counts, contract: Contract) -> None:
        """Take where it counts, and of what."""
        self._counts = counts
        self._contract = contract
        self._places: dict[Key, _Place] = {}

    def note(self, operation: Operation, exchange: Exchange) -> None:
        """Count an exchange, each time that it is judged."""
        if exchange.guessed or not exchange.succeeded:
            return
        for event in operation.events:
            if event.described and not event.walk.kinds:
                for delivery in exchange.deliveries:
                    if delivery.callback == event.name and delivery.content is not None:
                        self._note(operation, event, delivery, exchange)

    def _note(self, operation: Operation, event: EventContract, delivery: Delivery, exchange: Exchange) -> None:
        found: tuple[Source, ...] | None = None
        for pointer, value in texts_and_numbers(delivery.content):
            key = (operation.id, event.name, pointer)
            place = self._places.get(key)
            if place is None:
                if len(self._counts.under(_PLACE, *key[:2])) >= _MOST_PLACES:
                    continue
                if found is None:
                    by_name = {(one.kind, one.text): one for one in sources(exchange, operation, self._contract)}
                    found = tuple(by_name.values())
                place = self._places[key] = _Place(found)
                self._counts.add(_PLACE, *key)
                for source in found:
                    self._counts.add(_AGREED, *key, source.kind, source.text)
            for source in place.sources:
                if not agrees(source, value, exchange, operation, delivery.received):
                    place.sources = tuple(one for one in place.sources if one is not source)
                    self._counts.drop(_AGREED, *key, source.kind, source.text)
            text = told_apart(json.dumps(value))
            if len(place.values) < _ENOUGH and text not in place.values:
                place.values.add(text)
                self._counts.add(_VALUE, *key, text)
            self._note_caller(key, place, text, exchange)

    def _note_caller(self, key: Key, place: _Place, text: str, exchange: Exchange) -> None:
        shown = exchange.credential
        if shown is None or not shown.right or not shown.caller or self._counts.number(_OF_NO_CALLER, *key):
            return
        if shown.caller not in place.callers:
            place.callers[shown.caller] = text
            self._counts.add(_OF_CALLER, *key, str(shown.caller), text)
        if place.callers[shown.caller] != text or len(place.callers) > _MOST_CALLERS:
            self._counts.add(_OF_NO_CALLER, *key)


def proposed(counts: Counts, operation: Operation, event: EventContract) -> dict[str, str]:
    """Return the sources with which values of an event always agreed, by the pointers of these values."""
    found: dict[str, str] = {}
    for (pointer,), parts in counts.under(_PLACE, operation.id, event.name).items():
        place = (operation.id, event.name, pointer)
        agreed = [
            Source(cast("SourceKind", kind), "", "", text)
            for (kind, text), number in counts.under(_AGREED, *place).items()
            if number == parts
        ]
        if agreed and len(counts.under(_VALUE, *place)) >= _ENOUGH:
            found[pointer] = likeliest(agreed, pointer).text
    return found


def of_the_caller(counts: Counts, operation: Operation, event: EventContract) -> tuple[str, ...]:
    """Return the pointers of values that follow the caller, where no session says who that is.

    Each caller has one value there, and no two the same.
    """
    known = proposed(counts, operation, event)
    found: list[str] = []
    for pointer in counts.words(_PLACE, operation.id, event.name):
        place = (operation.id, event.name, pointer)
        values = list(counts.under(_OF_CALLER, *place))
        apart = all(len(set(each)) == len(values) for each in zip(*values, strict=True))
        if len(values) > 1 and apart and pointer not in known and not counts.number(_OF_NO_CALLER, *place):
            found.append(pointer)
    return tuple(found)
