"""What faults show that are played side by side.

Nothing that is seen beside another exchange's fault accuses anybody: where an exchange breaks a law, or has not met its
fault, the batch is played again alone, and only what shows then is a finding.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.engine.judge import too_busy
from bothends.laws import not_isolated, phantom

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from bothends.engine.judge import Judged
    from bothends.engine.play import Batch, Played, Row, Rows
    from bothends.records import Breach, Cause, NotProven

_REMEMBERED = 4096
"""Exchanges that were played beside others and are remembered."""

TRIES = 3
"""How often faults are played beside each other again in a run, as this machine was busy."""

Broken = tuple[str, "Cause"]
"""A law that is broken, and by what: what tells findings apart."""


def what_breaks(breaches: Iterable[Breach]) -> frozenset[Broken]:
    """Return what breaches are of."""
    return frozenset((breach.law, breach.cause) for breach in breaches)


@dataclass(frozen=True, slots=True)
class Beside:
    """What one fault showed beside others, for which it is played again alone.

    Attributes:
        label: Its case.
        broken: What it broke; nothing: it was not met, or nobody knows what was executed, or who was late.
        known: Whether all of it is known but what is broken: then it need not be played again for what has shown alone.
        excused: Whether it was late, and this machine may be the reason.
    """

    label: str
    broken: frozenset[Broken]
    known: bool = False
    excused: bool = False

    @property
    def laws(self) -> frozenset[str]:
        """The laws that were broken."""
        return frozenset(law for law, _ in self.broken)


class Keying:
    """Whether faults are played side by side, and what was seen only when they were.

    Attributes:
        at_once: How many that hold a connection are under way at once; 1: none beside another.
        isolates: Whether the target guarantees that a fault of one request shows in no other.
        only_beside: What broke a law beside other faults, and not alone: the case, and the law.
        unknown: Cases that were late beside other faults each time, and never without this machine as a reason.
        tells: Whether calls to an upstream tell their exchanges, by the operation and the upstream, where it is known.
    """

    def __init__(self, at_once: int, *, isolates: bool = False) -> None:
        """Begin.

        Args:
            at_once: How many faults may be under way at once.
            isolates: Whether the target guarantees that a fault of one request shows in no other.
        """
        self.at_once = at_once
        self.isolates = isolates
        self.only_beside: dict[tuple[str, str], None] = {}
        self.unknown: dict[str, None] = {}
        self._tries = TRIES
        self.tells: dict[tuple[str, str], bool] = {}
        self._steps: OrderedDict[int, Batch] = OrderedDict()
        self._late: list[tuple[Batch, Beside]] = []

    def remember(self, step: Batch, row: Row) -> None:
        """Remember the exchanges of a batch that was played beside others: something may come late for them."""
        for played in row.played:
            self._steps.update((exchange.number, step) for exchange in played.attributed.exchanges)
        while len(self._steps) > _REMEMBERED:
            self._steps.popitem(last=False)

    def suspected(self, judged: Judged) -> bool:
        """Return whether an exchange that was played beside others breaks a law by what came late: then note it."""
        step = self._steps.get(judged.exchange.number) if judged.breaches else None
        if step is None:
            return False
        self._late.append((step, Beside(step.cases[0].label, what_breaks(judged.breaches))))
        return True

    def late_suspects(self) -> Sequence[tuple[Batch, Beside]]:
        """Return what must be played again alone for what came late, each once."""
        late, self._late = self._late, []
        return late

    @staticmethod
    def suspects(
        came: Rows,
        broken: Callable[[Played], frozenset[Broken] | None],
        late: Callable[[Played], bool] = lambda _: False,
    ) -> dict[int, Beside]:
        """Return what is not as it should be, by its place among the rows.

        Args:
            came: What came of faults that were played side by side.
            broken: Returns what the exchanges of one batch break; None: nobody knows.
            late: Whether one of them was late, and this machine may be the reason.
        """
        everywhere = what_breaks(map(phantom, came.rest.phantoms))
        found: dict[int, Beside] = {}
        for place, row in enumerate(came.rows):
            told = [broken(played) for played in row.played] if row.whole else [None]
            # Of a request that has not met its fault, any answer is right.
            every = everywhere if None in told else everywhere.union(*(one for one in told if one is not None))
            if every or None in told:
                label = row.played[0].batch.cases[0].label if row.played else ""
                found[place] = Beside(label, every, None not in told, excused=any(map(late, row.played)))
        return found

    def played_again(self, count: int, came: Rows, by: tuple[str, str] | None = None) -> None:
        """Take how many rows were played again alone.

        Where that is most of them, or a delivery told no single exchange, nothing is played side by side from then on:
        the events do not tell their exchanges, or it takes longer than one fault after the other. By an operation and
        an upstream, that is so of the calls of these alone.
        """
        if 2 * count <= len(came.rows) and not came.untold:
            return
        if by is None:
            self.at_once = 1
        else:
            self.tells[by] = False

    def compare(self, beside: Beside, alone: Collection[str]) -> list[Breach]:
        """Note which laws a fault broke beside others only, and not `alone`; return what of it breaks a guarantee."""
        only = sorted(beside.laws.difference(alone))
        if only:
            self.at_once = 1
        self.only_beside.update(((beside.label, law), None) for law in only)
        return [not_isolated(beside.label, law) for law in only] if self.isolates else []

    def may_try_again(self) -> bool:
        """Return whether faults are played beside each other once more, as this machine was busy; count it."""
        self._tries -= 1
        return self._tries >= 0

    def not_proven(self) -> Iterator[NotProven]:
        """Yield what this machine was too busy to decide of a target that guarantees to isolate faults."""
        if self.unknown:
            yield replace(too_busy(self.unknown), what="time beside other faults")

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """What was seen beside other faults only, as cases and laws; nothing, where that breaks a guarantee."""
        return () if self.isolates else tuple(self.only_beside)
