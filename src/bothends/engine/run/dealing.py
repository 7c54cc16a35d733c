"""Deals out a plan: which of its batches, interactions and scenarios are those of one part of several.

Each part goes through the whole plan in the same order and counts up the same loads, so all parts agree on what is
whose, and none needs to know of the others. What is dealt is a batch as it was planned: a crowd is whole in one part,
and a batch that asks for what became of the one before it stays with that. What takes longest is dealt out first, each
to the part with the least to do so far.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

from bothends.client import behaviour_of
from bothends.engine.options import Shard
from bothends.world import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bothends.engine.play import Batch
    from bothends.records import Condition

_T = TypeVar("_T")

_BATCH = 0.003
_EACH = 0.0015
_STATE = 0.04
_BESIDE = 0.006
_HELD = 1.0
"""What a batch, a case, a state of the world, a fault beside others, and one that holds a request up take, about, in
seconds."""

_GENERATED = 0.001
_CHECKS = 0.1
"""What a generated case takes, and to load what checks the answers to them, about, in seconds."""

_INTERACTION = 0.012
_LIBRARY = 0.1
"""What an interaction takes, and to start Pact's library, about, in seconds."""

_WORTH = 2.5
"""How many times as long as to begin with it something takes where it is worth to begin with it in one part more."""


class Dealer:
    """Says what of a plan is one part's, and what the whole plan was.

    Attributes:
        dealt: How many lists of batches were gone through to their ends: fewer are dealt out where a run is cut.
    """

    def __init__(self, shard: Shard | None) -> None:
        """Take the part; None: the whole plan is one run's."""
        self._shard = shard or Shard(1, 1)
        self._loads = list(self._shard.late) or [0.0] * self._shard.count
        self._generated = self._loads
        self._interacting = range(self._shard.count)
        self._digest = blake2b(digest_size=16)
        self._scenarios = self._interactions = 0
        self.dealt = 0

    @property
    def is_whole(self) -> bool:
        """Whether there is one part only."""
        return self._shard.count == 1

    @property
    def is_first(self) -> bool:
        """Whether what each part must see for itself is counted by this one."""
        return self._shard.number == 1

    @property
    def digest(self) -> str:
        """What tells the plan that was dealt out from others, in hexadecimal."""
        return self._digest.hexdigest()

    def share(self, *, generated: int, interactions: int, scenarios: int) -> dict[str, int]:
        """Return how many of so many are this part's, about, by what they are."""
        own = self._shard.number - 1
        playing = [part for part, load in enumerate(self._generated) if load < math.inf]
        counts = {"generated": (generated, playing), "interactions": (interactions, self._interacting)}
        counts["scenarios"] = scenarios, range(self._shard.count)
        return {name: -(-count // len(parts)) if own in parts else 0 for name, (count, parts) in counts.items()}

    def expect(self, *, generated: int = 0, interactions: int = 0) -> None:
        """Keep room for what is dealt out after the batches, in as few parts as are worth it.

        A part with generated cases must load what checks the answers to them, and one with interactions Pact's library.
        Both take as long as to play many.
        """
        if generated:
            parts = self._kept_free(generated, _GENERATED, _CHECKS, first=False)
            self._generated = [0.0 if part in parts else math.inf for part in range(self._shard.count)]
        if interactions:
            self._interacting = self._kept_free(interactions, _INTERACTION, _LIBRARY, first=False)

    def _kept_free(self, count: int, each: float, begin: float, *, first: bool) -> range:
        """Keep room for so many in the first parts, or the last; return which."""
        parts = min(self._shard.count, math.ceil(count * each / (_WORTH * begin)))
        chosen = range(parts) if first else range(self._shard.count - parts, self._shard.count)
        for part in chosen:
            self._loads[part] += begin + each * count / parts
        return chosen

    @property
    def has_generated(self) -> bool:
        """Whether some of the generated cases are this part's."""
        return self._generated[self._shard.number - 1] < math.inf

    def batches(self, planned: Iterable[Batch]) -> Iterator[tuple[Batch, bool]]:
        """Yield batches as they were planned, each with whether it is this part's: all of them are drawn first.

        What takes long is dealt out first, and so all parts are over at about the same time.
        """
        if self.is_whole:
            yield from ((batch, True) for batch in planned)
            return
        chains: list[list[Batch]] = []
        for batch in planned:
            if batch.prelude and chains:
                chains[-1].append(batch)
            else:
                chains.append([batch])
        weights = [sum(map(_weight, chain)) for chain in chains]
        owners = [0] * len(chains)
        for place in sorted(range(len(chains)), key=lambda place: -weights[place]):
            owners[place] = self._least(self._loads, weights[place])
        for owner, chain in zip(owners, chains, strict=True):
            for batch in chain:
                self._note(batch)
                yield batch, owner == self._shard.number - 1

    def generated(self, planned: Iterable[Batch]) -> Iterator[tuple[Batch, bool]]:
        """Yield the batches of the generated cases as they were planned, each with whether it is this part's."""
        for batch in planned:
            owner = 0 if self.is_whole else self._least(self._generated, _weight(batch))
            if not self.is_whole:
                self._note(batch)
            yield batch, owner == self._shard.number - 1

    def _least(self, loads: list[float], weight: float) -> int:
        """Return the place of the part with the least to do, which has so much more to do now."""
        least = min(range(self._shard.count), key=lambda part: (loads[part], part))
        loads[least] += weight
        return least

    def scenarios(self, every: Iterable[_T], name: Callable[[_T], str]) -> Iterator[_T]:
        """Yield the scenarios that are this part's; the last part has the first, as batches go the other way."""
        for one in every:
            self._update(name(one))
            part = self._shard.count - 1 - self._scenarios % self._shard.count
            self._scenarios += 1
            if part == self._shard.number - 1:
                yield one

    def interactions(self, every: Iterable[_T], name: Callable[[_T], str]) -> Iterator[_T]:
        """Yield the interactions of a pact that are this part's."""
        for one in every:
            self._update(name(one))
            part = self._interacting[self._interactions % len(self._interacting)]
            self._interactions += 1
            if part == self._shard.number - 1:
                yield one

    def _note(self, batch: Batch) -> None:
        """Note what a batch is: not how large its crowds are, which depends on what the target shows of itself."""
        for case in {case.label: case for case in batch.cases}.values():
            self._update(f"{case.operation} {case.label} {case.request!r}")

    def _update(self, text: str) -> None:
        self._digest.update(text.encode(errors="surrogatepass") + b"\0")


def _weight(batch: Batch) -> float:
    """Return how long a batch takes, about, in seconds: the same in each part, whatever its target is like."""
    labels = {case.label for case in batch.cases}
    # What is of one batch is waited for at the same time.
    patient = max(
        (behaviour_of(each).seconds for each in {case.behaviour for case in batch.cases} if each), default=0.0
    )
    held = max((_held(one) for one in batch.given), default=0.0)
    states = _BESIDE * len(batch.together) if batch.side_by_side else _STATE * bool(batch.given)
    return _BATCH + _EACH * len(labels) + patient + held + states


def _held(condition: Condition) -> float:
    """Return for how long a fault holds a request up, about, in seconds."""
    kind = FAULTS.find(condition.name)
    if kind is None or not kind.holds:
        return 0.0
    ms = dict(condition.parameters).get("ms", "")
    return min(_HELD, int(ms) / 1000) if ms.isdecimal() else _HELD
