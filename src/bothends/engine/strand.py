"""A cause as a run gathers it: how often, in which cases, beside which others, and what it takes to see it again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from bothends.laws import law_of
from bothends.laws.law import Area, situation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.engine.waves import Wave
    from bothends.laws import Law
    from bothends.laws.law import Situation, Terrain
    from bothends.records import Breach, Case, Cause, Finding

MOST_CASES = 1000
"""Cases of a cause that are told apart; of more than these it is only known that there are more."""


KEPT_BYTES = 1 << 16
"""What is kept of the body of an answer that a finding shows."""


class Key(NamedTuple):
    """What causes are told apart by."""

    law: str
    cause: Cause
    operation: str


@dataclass(slots=True)
class Strand:
    """One law, broken by one cause. Its size does not grow with the number of exchanges.

    Attributes:
        key: Law, cause and operation.
        finding: As it stands now.
        wave: The wave that showed the breach that stands for all.
        only: What `--only` would be told to see it again, where it takes more than waves; else empty.
        before: Waves that were played before that wave, in case it depends on them.
        exchanges: How many exchanges broke the law by this cause.
        beside: How many of them broke another law as well, or this one by another cause.
        labels: Cases that showed it, each once.
        outcomes: How they were answered.
        promised: The fewest statuses that were right for one of them.
        area: What it was about.
        good: Whether a success was right for one of them, and nothing in the way of it.
        unwell: The parts of the world that were not well, when they were the same each time.
        plain: Whether nothing at all was odd about one of the requests.
        foreign: Whether all outcomes are statuses that nobody declares, and that say more than 500 does.
        right: Whether nothing but a success was right for one of the requests.
        taken: Whether each was answered 2xx where no success was right.
        let_in: Whether a caller was taken for one who is signed in.
        guessed: Whether each of the exchanges was tied to its events, or to none, by a guess.
    """

    key: Key
    finding: Finding
    wave: Wave
    only: str = ""
    before: tuple[Wave, ...] = ()
    exchanges: int = 0
    beside: Counter[Key] = field(default_factory=Counter)
    labels: dict[str, None] = field(default_factory=dict)
    outcomes: set[str] = field(default_factory=set)
    promised: frozenset[int] = frozenset()
    area: Area = field(default_factory=Area)
    good: bool = False
    unwell: tuple[str, ...] = ()
    plain: bool = False
    foreign: bool = True
    right: bool = False
    taken: bool = False
    let_in: bool = False
    guessed: bool = True

    @property
    def law(self) -> Law:
        """The law that is broken."""
        return law_of(self.key.law)

    @property
    def cause(self) -> Cause:
        """By what it is broken."""
        return self.key.cause

    @property
    def by_guess(self) -> bool:
        """Whether nothing but a guess as to whose event it is tells of it: that makes no finding."""
        return self.guessed and self.law.needs_tie

    @property
    def families(self) -> set[str]:
        """Families of the cases that showed it."""
        return {label.partition("/")[0] for label in self.labels}

    def take(  # noqa: PLR0913, PLR0917 -- all that is known of a breach
        self, breach: Breach, case: Case, wave: Wave, only: str, before: Iterable[Wave], terrain: Terrain
    ) -> None:
        """Count a breach; let it stand for all when its request is the smallest so far."""
        finding = replace(self.finding, count=self.finding.count + 1)
        if finding.count == 1 or _effort(wave, breach, case, only) < _effort(
            self.wave, finding.breach, finding.case, self.only
        ):
            finding = replace(finding, breach=kept(breach), case=case)
            self.wave, self.only, self.before = wave, only, tuple(before)
        self.finding = finding
        if len(self.labels) < MOST_CASES:
            self.labels.setdefault(case.label)
        self.guessed = self.guessed and _guessed(breach)
        if breach.exchange is None:
            return
        self._place(situation(breach.exchange, terrain))

    def _place(self, seen: Situation) -> None:
        """Note what an exchange was about; what comes of it is the same in whichever order exchanges come."""
        if not self.outcomes:
            self.promised, self.area, self.unwell, self.taken = seen.promised, seen.area, seen.unwell, seen.taken
        self.outcomes.add(seen.outcome)
        self.promised = min(self.promised, seen.promised, key=lambda p: (not p, len(p), sorted(p)))
        self.area = min(self.area, seen.area)
        self.unwell = self.unwell if self.unwell == seen.unwell else ()
        self.taken = self.taken and seen.taken
        self.good = self.good or (seen.good and (seen.right or not seen.unwell))
        self.plain = self.plain or seen.plain
        self.foreign = self.foreign and seen.foreign
        self.right = self.right or seen.right
        self.let_in = self.let_in or seen.let_in


def kept(breach: Breach) -> Breach:
    """Return a breach as it is kept for the length of a run: without the rest of a long answer."""
    return breach if breach.exchange is None else replace(breach, exchange=breach.exchange.cut(KEPT_BYTES))


def _guessed(breach: Breach) -> bool:
    return breach.exchange is not None and breach.exchange.guessed


def _effort(wave: Wave, breach: Breach, case: Case, only: str) -> tuple[bool, bool, bool, bool, bool, int]:
    """Return what it takes to see a breach again: the less, the better it stands for all that broke a law as it did."""
    request = case.request
    size = len(request.target) + sum(len(name) + len(value) for name, value in request.headers)
    size += len(request.body or b"") + len(request.raw or b"")
    odd = bool(case.manner or request.raw)
    return bool(only), _guessed(breach), bool(wave.prelude), odd, case.expect.refused, size
