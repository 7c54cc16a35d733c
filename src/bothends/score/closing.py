"""What would have to be said for a survivor to be noticed: where, in which words, and how much that closes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bothends.contract import open_spec
from bothends.contract.openapi import json_path, way_of
from bothends.contract.requests import SAFE
from bothends.contract.settings import settings_location
from bothends.documents import Place as Spot
from bothends.engine.evidence import agreeing, likeliest, varies
from bothends.laws import ANSWERED
from bothends.records import MISSING, Missing, join, lookup, resolve, split
from bothends.schemas import bundle
from bothends.score.lie import Side
from bothends.score.members import type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.contract import Contract
    from bothends.errors import Location
    from bothends.records import Exchange
    from bothends.score.lie import Gap
    from bothends.score.recorded import Recording
    from bothends.score.scoring import Score, Survivor

_ENOUGH = 2
"""Exchanges that must have shown a value before it is proposed as what is meant."""
_LONGEST_CONSTANT = 200
"""Characters of a text that may be meant to be the same each time."""
FREE = "say where it comes from (x-from), or which values there are (const, enum)"

Row = tuple[Any, "Exchange", float]


@dataclass(frozen=True, slots=True)
class Closing:
    """What would close survivors.

    Attributes:
        where: The line that would have to say more.
        target: What an overlay's action selects, as a JSONPath; empty: no overlay can say it.
        update: What the action merges there; empty: which words that are is for a person to say.
        setting: The key of the settings that would say it; empty: it is said in the document.
        about: What is to be said, where nobody can know the words for it.
        survivors: What it closes.
    """

    where: Location
    target: str = ""
    update: Mapping[str, Any] = field(default_factory=dict)
    setting: str = ""
    about: str = ""
    survivors: tuple[Survivor, ...] = field(default=(), repr=False)

    @property
    def closes(self) -> int:
        """How many operators at how many places it closes."""
        return len(self.survivors)

    @property
    def action(self) -> dict[str, Any] | None:
        """The action of an overlay that says it; None: there is none."""
        if not self.target or not self.update:
            return None
        return {"target": self.target, "update": dict(self.update)}


class Closings:
    """Says what would close the survivors of a score."""

    def __init__(self, contract: Contract, recording: Recording) -> None:
        """Take the contract, and what was recorded: it shows what may be meant.

        Raises:
            ContractError: The spec can't be read any more.
        """
        self._contract = contract
        self._recording = recording
        self._root, _ = open_spec(contract.settings)

    def of(self, score: Score) -> tuple[list[Closing], list[Survivor]]:
        """Return what would close the survivors, the most useful first, and those for which a contract has no words."""
        found: dict[tuple[str, str, str], Closing] = {}
        closed: dict[tuple[str, str, str], list[Survivor]] = {}
        without: list[Survivor] = []
        for survivor in score.survivors:
            if survivor.gap is None:
                without.append(survivor)
                continue
            closing = self._closing(survivor, survivor.gap)
            said = closing.target or closing.setting or str(closing.where)
            key = said, repr(closing.update), closing.about
            found.setdefault(key, closing)
            closed.setdefault(key, []).append(survivor)
        made = [
            Closing(one.where, one.target, one.update, one.setting, one.about, tuple(closed[key]))
            for key, one in found.items()
        ]
        # Of those that close as much, those with words come first: they can be taken as they are.
        return sorted(made, key=lambda one: (-one.closes, one.action is None)), without

    def _closing(self, survivor: Survivor, gap: Gap) -> Closing:
        if gap.setting:
            where = settings_location(self._contract.settings.file, gap.setting)
            return Closing(where, update=gap.words, setting=gap.setting)
        spot = self._spot(gap)
        if gap.keys is not None:
            return self._of_a_value(survivor, gap, gap.keys, spot)
        words = self._with_types_seen(survivor, gap.words)
        if isinstance(spot, Spot):
            return Closing(spot.location, self._path(spot), words, about=gap.about)
        return Closing(spot, update=words, about=gap.about)

    def _with_types_seen(self, survivor: Survivor, words: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return words with each type that exchanges show there: a member that is null at times is no text alone."""
        if set(words) != {"type"} or not survivor.place.member or self._root.library.is_openapi_30:
            return words
        keys = tuple(split(survivor.place.member))
        seen = dict.fromkeys((words["type"], *(type_of(value) for value, *_ in self._rows(survivor, keys))))
        return {"type": list(seen)} if len(seen) > 1 else words

    def _spot(self, gap: Gap) -> Spot | Location:
        """Return the place that would have to say more; of what stands in no place of the document, where that is."""
        pointer = gap.at if gap.schema is None else gap.schema.pointer
        try:
            value = lookup(self._root.value, pointer)
        except Missing:
            return self._contract.document.location(pointer)  # it stands in another file
        spot = Spot(self._root.library, self._root.document, pointer, value)
        if gap.schema is None:
            return spot
        bundled = bundle(spot)
        # The schema may be a part of the one that stands there: of an event that may come in a list, that of one event.
        if resolve(bundled.schema, gap.at) != resolve(gap.schema.raw, gap.at):
            return spot.location
        return bundled.origin(gap.at)

    def _path(self, spot: Spot) -> str:
        """Return the JSONPath of a place of the document; empty: it is of another file, which no overlay reaches."""
        return json_path(way_of(spot)) if spot.document.file == self._root.document.file else ""

    # Of a value, only the form is said: what may be meant, other exchanges show.

    def _of_a_value(self, survivor: Survivor, gap: Gap, keys: tuple[str, ...], spot: Spot | Location) -> Closing:
        rows = list(self._rows(survivor, keys))
        where = spot.location if isinstance(spot, Spot) else spot
        path = self._path(spot) if isinstance(spot, Spot) else ""
        source = self._source(survivor, rows, keys) if rows else ""
        if source:
            return Closing(where, path, {"x-from": source})
        values = [value for value, *_ in rows]
        if len(values) >= _ENOUGH and not varies(values) and _may_be_constant(values[0]) and gap.schema is not None:
            return self._constant(keys, gap.schema.pointer, values[0])
        is_answer = survivor.place.side is Side.ANSWER
        if is_answer and len(values) >= _ENOUGH and self._are_new(survivor, rows):
            return Closing(where, path, {"x-new": True})
        return Closing(where, path, about=FREE)

    def _rows(self, survivor: Survivor, keys: tuple[str, ...]) -> Iterator[Row]:
        """Yield what each exchange of its sort has there."""
        pointer = join(*keys)
        recorded = survivor.shown.of
        for each in (recorded, *self._recording.others(recorded)):
            for value, at in self._bodies(survivor, each):
                found = resolve(value, pointer)
                if found is not MISSING:
                    yield found, each.exchange, at

    def _bodies(self, survivor: Survivor, each: Any) -> Iterable[tuple[Any, float]]:
        if survivor.place.side is Side.ANSWER:
            return [] if each.body is MISSING else [(each.body, each.exchange.ended)]
        return [
            (one.event, one.received)
            for one in each.exchange.declared
            if one.event is not None and getattr(each.event_of(one), "name", "") == survivor.place.subject
        ]

    def _source(self, survivor: Survivor, rows: list[Row], keys: tuple[str, ...]) -> str:
        """Return the source with which all values agree; empty: there is none, or chance may have it so."""
        if len(rows) < _ENOUGH or not varies([value for value, *_ in rows]):
            return ""
        operation = survivor.shown.of.context.operation
        found = list(agreeing(rows, operation, self._contract))
        if survivor.place.side is Side.ANSWER:
            found = [one for one in found if one.kind not in ANSWERED]  # it would be its own source
        return likeliest(found, join(*keys)).text if found else ""

    def _constant(self, keys: tuple[str, ...], pointer: str, value: Any) -> Closing:
        """Return that a value is the same each time: said where the body is, as others may share its schema."""
        spot = self._spot_of(pointer)
        if spot is None or any(key.isdecimal() for key in keys) or self._root.library.is_openapi_30:
            where = self._contract.document.location(pointer) if spot is None else spot.location
            return Closing(where, about=FREE)
        words: dict[str, Any] = {"const": value}
        for key in reversed(keys):
            words = {"properties": {key: words}}
        return Closing(spot.location, self._path(spot), words)

    def _spot_of(self, pointer: str) -> Spot | None:
        value = resolve(self._root.value, pointer)
        return None if value is MISSING else Spot(self._root.library, self._root.document, pointer, value)

    @staticmethod
    def _are_new(survivor: Survivor, rows: list[Row]) -> bool:
        """Whether each success that may have made something has another value."""
        recorded = survivor.shown.of
        values = [value for value, *_ in rows]
        is_scalar = all(isinstance(one, str | int) and not isinstance(one, bool) for one in values)
        made = recorded.answer.success and recorded.context.operation.method not in SAFE
        return made and is_scalar and len(set(map(str, values))) == len(values)


def _may_be_constant(value: Any) -> bool:
    return not isinstance(value, dict | list) and len(str(value)) <= _LONGEST_CONSTANT
