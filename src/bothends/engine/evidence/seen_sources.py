"""Sees with what the values of an event always agree, where no `x-from` says where they come from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bothends.engine.agreement import agrees, likeliest, sources
from bothends.engine.evidence.joining import told_apart
from bothends.records.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Contract, EventContract, Operation
    from bothends.contract.provenance import Source
    from bothends.records import Delivery, Exchange

_MOST_PLACES = 32
_DEEPEST = 4
_ENOUGH = 3
"""Different values that a place must have had: fewer may agree with something by chance."""
_MOST_CALLERS = 64


class SeenSources:
    """Takes exchanges as they are judged; its size does not grow with their number.

    Attributes:
        events: What was seen of each event, by its operation and its name.
    """

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing seen."""
        self._contract = contract
        self.events: dict[tuple[str, str], SeenEvent] = {}

    def note(self, operation: Operation, exchange: Exchange) -> None:
        """Take an exchange, each time that it is judged."""
        if exchange.guessed or not exchange.succeeded:
            return
        for event in operation.events:
            if event.described and not event.walk.kinds:
                seen = self.events.setdefault((operation.id, event.name), SeenEvent())
                for delivery in exchange.deliveries:
                    if delivery.callback == event.name and delivery.content is not None:
                        seen.note(delivery, exchange, operation, self._contract)

    def proposed(self, operation: Operation, event: EventContract) -> Mapping[str, str]:
        """Return the sources with which values of an event always agreed, by the pointers of these values."""
        seen = self.events.get((operation.id, event.name))
        return {} if seen is None else seen.proposed()

    def join(self, events: Mapping[tuple[str, str], SeenEvent]) -> None:
        """Take what another part of the run has seen."""
        for key, seen in events.items():
            if key in self.events:
                self.events[key].join(seen)
            else:
                self.events[key] = seen

    def of_the_caller(self, operation: Operation, event: EventContract) -> tuple[str, ...]:
        """Return the pointers of values that follow the caller, where no session says who that is."""
        seen = self.events.get((operation.id, event.name))
        places = () if seen is None else seen.of_the_caller()
        proposed = self.proposed(operation, event)
        return tuple(pointer for pointer in places if pointer not in proposed)


@dataclass(slots=True)
class SeenEvent:
    """What was seen of one event.

    Attributes:
        places: The sources that each value has always agreed with, in order; by its pointer.
        values: What tells apart the values that stood there, up to a few.
        of_callers: What tells apart the value that always stood there for each caller, as long as it is one for each.
    """

    places: dict[str, tuple[Source, ...]] = field(default_factory=dict)
    values: dict[str, set[str]] = field(default_factory=dict)
    of_callers: dict[str, dict[int, str] | None] = field(default_factory=dict)

    def join(self, other: SeenEvent) -> None:
        """Take what another part of the run has seen of it: only what agreed in both is left."""
        for pointer, found in other.places.items():
            texts = {source.text for source in found}
            ours = self.places.get(pointer)
            self.places[pointer] = found if ours is None else tuple(one for one in ours if one.text in texts)
            self.values[pointer] = self.values.get(pointer, set()) | other.values.get(pointer, set())
            theirs = other.of_callers.get(pointer, {})
            known = self.of_callers.get(pointer, {})
            same = (
                known is not None
                and theirs is not None
                and all(known.get(caller, text) == text for caller, text in theirs.items())
            )
            self.of_callers[pointer] = (
                {**known, **theirs} if same and known is not None and theirs is not None else None
            )

    def note(self, delivery: Delivery, exchange: Exchange, operation: Operation, contract: Contract) -> None:
        """Take an event of an exchange."""
        found: tuple[Source, ...] | None = None
        for pointer, value in _texts_and_numbers(delivery.content):
            if pointer not in self.places:
                if len(self.places) >= _MOST_PLACES:
                    continue
                found = tuple(sources(exchange, operation, contract)) if found is None else found
                self.places[pointer], self.values[pointer] = found, set()
                self.of_callers[pointer] = {}
            self.places[pointer] = tuple(
                one for one in self.places[pointer] if agrees(one, value, exchange, operation, delivery.received)
            )
            text = told_apart(json.dumps(value))
            if len(self.values[pointer]) < _ENOUGH:
                self.values[pointer].add(text)
            self._note_caller(pointer, text, exchange)

    def _note_caller(self, pointer: str, text: str, exchange: Exchange) -> None:
        known, shown = self.of_callers[pointer], exchange.credential
        if known is None or shown is None or not shown.right or not shown.caller:
            return
        same = known.setdefault(shown.caller, text) == text
        self.of_callers[pointer] = known if same and len(known) <= _MOST_CALLERS else None

    def proposed(self) -> dict[str, str]:
        """Return the sources with which its values always agreed, by the pointers of these values."""
        return {
            pointer: likeliest(found, pointer).text
            for pointer, found in self.places.items()
            if found and len(self.values[pointer]) >= _ENOUGH
        }

    def of_the_caller(self) -> tuple[str, ...]:
        """Return the places with a value that is one caller's, and another one's for another caller."""
        return tuple(
            pointer
            for pointer, known in self.of_callers.items()
            if known is not None and len(known) > 1 and len(set(known.values())) == len(known)
        )


def _texts_and_numbers(value: Any, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the texts and numbers of a JSON value with their pointers: what else there is agrees by chance too often.

    An array's items are not told apart by their number, so they are left out.
    """
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, each in value.items():
            yield from _texts_and_numbers(each, pointer + join(key), depth + 1)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and pointer:
        yield pointer, value
