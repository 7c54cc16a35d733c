"""Deals out a plan: which of its batches, interactions and scenarios are those of one part of several.

Each part goes through the whole plan in the same order and counts up the same loads, so all parts agree on what is
whose, and none needs to know of the others. What is dealt is a batch as it was planned: a crowd is whole in one part,
and a batch that asks for what became of the one before it stays with that. The next batch goes to the part with the
least to do so far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

from bothends.world.faults import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bothends.engine.exchanges.batches import Batch
    from bothends.records import Condition

_T = TypeVar("_T")

_EACH = 0.004
_STATE = 0.02
_PATIENT = 0.8
_HELD = 1.0
"""What a case, a state of the world, a client that waits and a fault that does take, about, in seconds."""

_GENERATED = 0.002
_CHECKS = 0.4
"""What a generated case takes, and to load what checks the answers to them, about, in seconds."""

PART = "part"
"""What a person calls a part that was asked for."""

_WORTH_A_PART = 250
"""Generated cases for which it is worth to load that in one part more."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of a plan.

    Attributes:
        number: Which, from 1.
        count: Of how many.
        called: What a person calls it.
        head_start: Seconds by which the first part begins before the others, about.
    """

    number: int
    count: int
    called: str = PART
    head_start: float = 0.0

    @property
    def words(self) -> str:
        """What a person calls it: `part 3 of 8`."""
        return f"{self.called} {self.number} of {self.count}"


class Dealer:
    """Says what of a plan is one part's, and what the whole plan was.

    Attributes:
        dealt: How many lists of batches were gone through to their ends: fewer are dealt out where a run is cut.
    """

    def __init__(self, shard: Shard | None) -> None:
        """Take the part; None: the whole plan is one run's."""
        self._shard = shard or Shard(1, 1)
        self._loads = [0.0] + [self._shard.head_start] * (self._shard.count - 1)
        self._generated = self._loads
        self._last = 0
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

    def share(self, count: int) -> int:
        """Return how many of so many are this part's, about."""
        return -(-count // self._shard.count)

    def expect_generated(self, count: int) -> None:
        """Keep room for so many generated cases, about, in the last parts: as few as are worth it.

        Each part that has some of them must load what checks their answers, which takes as long as playing many.
        """
        parts = min(self._shard.count, max(1, -(-count // _WORTH_A_PART)))
        others = self._shard.count - parts
        self._loads[others:] = [load + _CHECKS + _GENERATED * count / parts for load in self._loads[others:]]
        self._generated = [math.inf] * others + [0.0] * parts

    @property
    def has_generated(self) -> bool:
        """Whether some of the generated cases are this part's."""
        return self._generated[self._shard.number - 1] < math.inf

    def batches(self, planned: Iterable[Batch]) -> Iterator[tuple[Batch, bool]]:
        """Yield batches as they were planned, each with whether it is this part's."""
        return self._dealt(planned, self._loads)

    def generated(self, planned: Iterable[Batch]) -> Iterator[tuple[Batch, bool]]:
        """Yield the batches of the generated cases as they were planned, each with whether it is this part's."""
        return self._dealt(planned, self._generated)

    def _dealt(self, planned: Iterable[Batch], loads: list[float]) -> Iterator[tuple[Batch, bool]]:
        if self.is_whole:
            yield from ((batch, True) for batch in planned)
            return
        for batch in planned:
            if not batch.prelude:
                self._last = min(range(self._shard.count), key=lambda part: (loads[part], part))
            loads[self._last] += _weight(batch)
            self._note(batch)
            yield batch, self._last == self._shard.number - 1

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
            part = self._interactions % self._shard.count
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
    patient = _PATIENT if any(case.behaviour for case in batch.cases) else 0.0
    # What is of one batch is waited for at the same time.
    held = max((_held(one) for one in batch.given), default=0.0)
    return _EACH * len(labels) + patient + held + _STATE * max(1, len(batch.given))


def _held(condition: Condition) -> float:
    """Return for how long a fault holds a request up, about, in seconds."""
    kind = FAULTS.find(condition.name)
    if kind is None or not kind.holds:
        return 0.0
    ms = dict(condition.parameters).get("ms", "")
    return min(_HELD, int(ms) / 1000) if ms.isdecimal() else _HELD
