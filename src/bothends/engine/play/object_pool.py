"""The objects of a run: those that are known, by what they are for, and those that exchanges are about."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from bothends.contract.operations import query_of_location, values_of_answer
from bothends.engine.play.object_roles import AFTER

if TYPE_CHECKING:
    from bothends.contract import Contract, Operation
    from bothends.contract.requests import IdPlace, IdSource
    from bothends.engine.play.known_objects import Known, KnownObject
    from bothends.engine.play.object_roles import Key
    from bothends.records import Exchange

REMEMBERED = 1024
"""Exchanges of which it is known what they are about: the last so many."""


class Pool:
    """The objects that are known on one target.

    Attributes:
        objects: By what they are for.
        chosen: What exchanges are about, by their numbers; None: no object was known.
        bound: What an exchange is to be about, by its number.
        borrows: Whether another target has made them, and none is made here.
        exchanges: Exchanges that have begun.
        of_state: By how far each leads, what is true of an object until it changes.
    """

    def __init__(self, contract: Contract) -> None:
        """Know none."""
        self.objects: dict[Key, list[KnownObject]] = {}
        self.chosen: OrderedDict[int, Known | None] = OrderedDict()
        self.bound: OrderedDict[int, KnownObject] = OrderedDict()
        self.borrows = False
        self.exchanges = 0
        places = [place for operation in contract.operations for place in operation.id_places if place.part != "path"]
        self.of_state = frozenset(place.leads for place in places if place.of_state)
        self._followed: dict[str, list[tuple[IdPlace, IdSource]]] = {}
        self._operations = {operation.id: operation for operation in contract.operations}
        self._made: dict[str, list[tuple[IdPlace, IdSource]]] = {}
        for place in (place for operation in contract.operations for place in operation.id_places):
            for source in place.sources:
                self._made.setdefault(source.operation, []).append((place, source))
        for place in places:
            for source in place.sources:
                if source.how == "link":
                    self._followed.setdefault(source.operation, []).append((place, source))

    def bind(self, number: int, known: KnownObject) -> None:
        """Say what an exchange is to be about."""
        self.bound[number] = known
        while len(self.bound) > REMEMBERED:
            self.bound.popitem(last=False)

    def take(self, known: KnownObject, operation: Operation, exchange: Exchange) -> None:
        """Take the values of an answer that go with an object: all that leads to it is the same."""
        for place, source in self._followed.get(operation.id, ()):
            given = values_of_answer(operation, place, source, exchange)
            shared = [leads for leads in given if leads in known.values and "?" not in leads]
            if shared and all(given[leads] == known.values[leads] for leads in shared):
                known.values[place.leads] = given[place.leads]
        known.values |= query_of_location(operation, known.values, exchange)

    def take_all(self, known: KnownObject, operation: Operation, exchange: Exchange) -> None:
        """Take all values that the answer which gave an object has of others beside it: steps may be about these."""
        for place, source in self._made.get(operation.id, ()):
            if source.how != "list":
                for leads, value in values_of_answer(operation, place, source, exchange).items():
                    known.values.setdefault(leads, value)

    def take_made(self, known: KnownObject, exchange: Exchange) -> None:
        """Take the values of another object that was made for one, as `x-transitions` says: steps may be about it.

        Args:
            known: What it was made for.
            exchange: What made it.
        """
        operation = self._operations.get(exchange.case.operation)
        own = None if operation is None else operation.transitions
        if operation is None or own is None or not own.per:
            return
        above = self.chosen.get(exchange.number)
        for place, source in self._made.get(operation.id, ()):
            values = values_of_answer(operation, place, source, exchange) if place.leads == own.leads else {}
            if values:
                known.values |= {**({} if above is None else above.values), **values}
                self.take(known, operation, exchange)
                return

    def forget_changed(self, operation: str) -> None:
        """Ask no more for objects that an operation has used up."""
        for (_, role), objects in self.objects.items():
            if not role.startswith(f"{AFTER} "):
                objects[:] = [one for one in objects if all(change.operation != operation for change in one.changes)]

    def forget(self, known: KnownObject, key: Key | None = None) -> None:
        """Ask for an object no more: for what it is for, or for anything."""
        for each, objects in self.objects.items():
            if key is None or key == each:
                objects[:] = [one for one in objects if one is not known]
