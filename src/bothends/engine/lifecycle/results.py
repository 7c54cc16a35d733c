"""What a scenario has shown: what was played, what is wrong, what is not proven, and what a busy machine excuses."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.contract.settings import DRAINS, SERVES_IN_FLIGHT
from bothends.engine.judge import Excuses
from bothends.engine.play import Batch, Played
from bothends.laws import Violation, runs
from bothends.records import Cause, NotProven, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.contract import Contract
    from bothends.engine.judge import Delay, Judge, Judged
    from bothends.engine.testbed import TestBed
    from bothends.engine.tie import Attributed
    from bothends.records import Breach, Exchange, UpstreamCall


class ScenarioResults:
    """What one scenario has shown.

    Attributes:
        played: The batches that were played, and what came late for them.
        breaches: What is wrong about the target itself.
        not_proven: What never came to pass.
        excused: What a busy machine may have made, by the labels of cases, and how often.
    """

    def __init__(self, name: str, contract: Contract, testbed: TestBed) -> None:
        """Begin with nothing.

        Args:
            name: The scenario's.
            contract: What is verified.
            testbed: The scenario's; it measures what this machine takes from the target.
        """
        self._name = name
        self._guarantees = contract.settings.target.guarantees
        self._excuses = Excuses(contract, testbed.machine)
        self.played: list[Played] = []
        self.breaches: list[Breach] = []
        self.not_proven: list[NotProven] = []
        self.excused: dict[str, int] = {}

    def take_late(self, attributed: Attributed) -> None:
        """Take what came when the exchanges were over."""
        self.played.append(Played(Batch((), ()), attributed, {}))

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """All exchanges, each with what came late for it."""
        attributed = [played.attributed for played in self.played]
        return tuple({e.number: e for one in attributed for e in (*one.exchanges, *one.late)}.values())

    @property
    def unfinished(self) -> Sequence[Exchange]:
        """The exchanges with an event that was attempted and has not been stored so far."""
        return [e for e in self.exchanges if e.declared and not any(d.stored for d in e.declared)]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is to be said against the target, and all came to pass on a machine that was not busy."""
        return not (self.breaches or self.not_proven or self.excused)

    def breach(self, kind: str, summary: str, expected: str, actual: str, *, always: bool = False) -> None:
        """Note what is wrong with the target itself: an error where it guarantees to drain, or always."""
        severity = Severity.ERROR if DRAINS in self._guarantees or always else Severity.WARNING
        broken = Violation(Cause(kind), summary, expected, actual)  # one cause, in any scenario
        self.breaches.append(runs.STOPS.breach(broken, severity=severity))

    def never(self, why: str) -> None:
        """Note that something is not proven."""
        self.not_proven.append(NotProven(self._name, why))

    def because(self, why: str) -> None:
        """Note why something is not proven: what never came to pass did not for that."""
        if self.not_proven:
            why = f"{self.not_proven.pop().why} {why}"
        self.never(why)

    def excuse_delay(self, delay: Delay) -> bool:
        """Excuse the scenario where this machine is the reason of a delay; return whether it is."""
        excused = self._excuses.accounts_for(delay)
        if excused:
            self._excuse(self._name)
        return excused

    def excuse(self) -> None:
        """Excuse all exchanges that the machine kept waiting."""
        for place, played in enumerate(self.played):
            self.played[place], late = self._excuses.among(played)
            for label in late.now | late.before:
                self._excuse(label)

    def _excuse(self, label: str) -> None:
        self.excused[label] = self.excused.get(label, 0) + 1

    def judged(
        self, judge: Judge, calls: Mapping[int, UpstreamCall], signalled: Sequence[tuple[float, signal.Signals]]
    ) -> Iterator[tuple[Batch, Judged | Breach]]:
        """Judge all that was played: yield each exchange, and each event that belongs to none.

        Args:
            judge: Who judges.
            calls: Upstream calls of late, by their numbers.
            signalled: The signals that the target was sent, each with when; by the clock, seconds.
        """
        late = {exchange.number: exchange for played in self.played for exchange in played.attributed.late}
        for played in self.played:
            whole = tuple(
                self._whole(exchange, late.get(exchange.number), signalled) for exchange in played.attributed.exchanges
            )
            for judged in judge.batch(replace(played.attributed, exchanges=whole, late=()), calls):
                yield played.batch, judged
            for breach in judge.phantoms(played.attributed):
                yield played.batch, breach

    def _whole(
        self, exchange: Exchange, late: Exchange | None, signalled: Sequence[tuple[float, signal.Signals]]
    ) -> Exchange:
        """Return an exchange with what came late for it, and what is known of what did not come."""
        if late is not None:
            exchange = replace(exchange, deliveries=late.deliveries, guessed=late.guessed, excuse=late.excuse)
        return replace(exchange, unheard=any(self._may_cost(exchange, *each) for each in signalled))

    def _may_cost(self, exchange: Exchange, when: float, number: signal.Signals) -> bool:
        """Whether a signal may have cost an event that comes behind its answer: no target need survive SIGKILL."""
        promised = SERVES_IN_FLIGHT in self._guarantees and number == signal.SIGTERM
        return exchange.began < when and not promised
