"""Takes what was played: has it judged, files what is broken, and says what is to be played again for it."""

from __future__ import annotations

import contextlib
from collections import Counter, deque
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bothends.conditions import sentences
from bothends.engine.events import Aside, ExchangeJudged, InteractionVerified, LeftOut, ScenarioPlayed
from bothends.engine.judge import ClockSteps, Disturbed, Early, Excuses, NoRoom, Retries, UnmetFaults, is_guess
from bothends.engine.play import Batch, Pending, Played, gone
from bothends.engine.run.beside import what_breaks
from bothends.engine.run.failed_for_values import FailedForValues
from bothends.engine.run.leftovers import Leftovers
from bothends.engine.run.partners import Partners
from bothends.engine.run.trials import Trials
from bothends.engine.run.unsettled import Unsettled
from bothends.engine.tie import Attributed
from bothends.errors import TargetError
from bothends.records import Answer, Breach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Contract
    from bothends.engine.emitter import Emitter
    from bothends.engine.judge import Judge, Judged
    from bothends.engine.play import ExchangeRunner
    from bothends.engine.run.beside import Broken, Keying
    from bothends.engine.run.filing import Filing
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Exchange, Finding, NotProven


BEFORE = 64
"""Requests that are remembered, as a finding that does not show again may depend on them."""

AFTERMATH = Batch((), ())
"""What comes when all is over: late events, and what the whole of the run shows."""


class Seen(NamedTuple):
    """Where an exchange was seen: its batch, what `--only` would be told, and the batches before."""

    batch: Batch
    only: str
    before: tuple[Batch, ...]


class Results:
    """Takes what came of batches, of interactions and of scenarios.

    Attributes:
        retries: What is played again, as this machine was busy.
        clock_steps: What is played again, as the clock of this machine was set.
        leftovers: What is played again, as what came may be of the request before on the same connection.
        pending: What is not judged so far, as its events may still come.
        shown: What was broken so far.
    """

    def __init__(  # noqa: PLR0913 -- it combines what a run has
        self,
        contract: Contract,
        *,
        testbed: TestBed,
        exchange_runner: ExchangeRunner,
        judge: Judge,
        filing: Filing,
        emitter: Emitter,
        keying: Keying,
        confirmed: set[str],
    ) -> None:
        """Take all that it works with; `confirmed`: where the IDs of findings are put that have shown twice."""
        self._testbed = testbed
        self._tying, self._sender = exchange_runner.tying, exchange_runner.sender
        self._judge = judge
        self._filing = filing
        self._emitter = emitter
        self._keying = keying
        self._confirmed = confirmed
        self._before: deque[Batch] = deque()
        self._unjudged: set[int] = set()
        self.shown: set[Broken] = set()
        self.retries = Retries(Excuses(contract, testbed.machine))
        self.clock_steps = ClockSteps(testbed.clock)
        self.leftovers = Leftovers(self._settled)
        judge.disturbed = disturbed = Disturbed(contract)
        judge.early = self._early = Early(contract)
        self._unsettled = Unsettled(contract, disturbed, self._early)
        judge.no_room = self._no_room = NoRoom(contract)
        self._trials: Trials[Seen] = Trials(contract, self._no_room, self._accuse_of_refusal)
        self._failed = FailedForValues(contract, judge, filing)
        self._unmet = UnmetFaults(contract)
        self.pending = Pending[Seen].of_run(contract, self._tying.law_contexts, testbed.machine)
        self._partners = Partners(self.pending)

    def again(self) -> Batch | None:
        """Return what is to be played again: what was seen of it may be this machine's doing, or another request's."""
        of_old = self.retries.next() or self.clock_steps.next()
        return of_old or self.leftovers.next() or self._unsettled.next() or self._trials.next() or self._failed.next()

    def noted(self, played: Played) -> Played:
        """Note which faults a batch has met, and which of its requests have succeeded."""
        self._no_room.note(played.attributed.exchanges)
        self._early.note(played.attributed.exchanges)
        self._unsettled.note(played.attributed.exchanges)
        self._trials.note(played)
        self._judge.note_stored(played.attributed.exchanges)
        return self._unmet.take(played, self._tying.calls)

    def passes_by(self, operation: str, part: str) -> bool:
        """Return whether an operation does without a part of the world, as far as was seen."""
        return self._unmet.passes_by(operation, part)

    @contextlib.contextmanager
    def anew(self) -> Iterator[set[Broken]]:
        """Note apart what is broken in a `with` block."""
        before, self.shown = self.shown, set()
        try:
            yield self.shown
        finally:
            self.shown |= before

    def accuse(self, attributed: Attributed, batch: Batch) -> None:
        """Judge what shows that the target answers nothing any more, and settle that it was seen twice."""
        self.hand_on(attributed, batch)
        for tracked in self._filing.findings.ranked():
            if tracked.finding.case.label == batch.cases[0].label:
                self._settle(tracked.finding)

    def _settled(self, breach: Breach, batch: Batch) -> None:
        """File what was seen several times, by the batch that shows it."""
        self._filing.add([breach], batch)
        for tracked in self._filing.findings.ranked():
            if (tracked.finding.breach.law, tracked.finding.breach.cause) == (breach.law, breach.cause):
                self._settle(tracked.finding)

    def _accuse_of_refusal(self, exchange: Exchange, seen: Seen) -> None:
        """Judge an exchange that was set aside, as it might have been refused for the state of its account."""
        breaches = tuple(self._judge.one(exchange, self._tying.calls))
        self._emitter.emit(ExchangeJudged(exchange, breaches, late=True))
        self.shown |= what_breaks(breach for breach in breaches if not is_guess(breach))
        self._filing.add(breaches, seen.batch.around(exchange.case), seen.only, seen.before)

    def _settle(self, finding: Finding) -> None:
        self._confirmed.add(finding.id)
        self._filing.findings.settle(replace(finding, reproduced=True))

    def let_go(self) -> None:
        """Judge what still lacks an event: nothing is waited for any more.

        Raises:
            HarnessError: As for `run`.
        """
        now, hangs = self._testbed.clock.now(), self._testbed.world.services.lets_deliveries_hang
        exchanges, seen = self.pending.rest(now, self._tying.faults, hangs=hangs)
        self.retries.give_up(self.pending.kept_waiting)
        here = Seen(AFTERMATH, "", ())
        self._judge_and_file(*self._partners.take(Attributed(exchanges), seen, here), here)
        self._failed.let_go()

    def not_proven(self) -> Iterator[NotProven]:
        """Yield what it can't say of faults that were played side by side, and of events that were waited for."""
        yield from self._keying.not_proven()
        yield from self.pending.not_proven()

    def take_interaction(self, verified: InteractionVerified) -> None:
        """Judge what was played for an interaction of a pact.

        Raises:
            HarnessError: As for `run`.
            TargetError: The target has gone.
        """
        self._emitter.emit(verified)
        only = verified.case.label
        for played in verified.played:
            self.note_left_out(played)
            self.judge_unless_gone(played, played.batch, only, lost=gone(played, self._testbed.target))
        self._filing.add(verified.breaches, Batch((), (verified.case,)), only, self._before)

    def take_scenario(self, scenario: ScenarioPlayed) -> None:
        """Hand on what a scenario of starting and stopping has shown.

        Raises:
            HarnessError: A replay file can't be written.
        """
        self._emitter.emit(scenario)
        only = scenario.case.label
        for batch, judged in scenario.judged:
            if isinstance(judged, Breach):
                self._filing.add([judged], batch, only, self._before)
                continue
            if judged.set_aside:
                self.clock_steps.note(judged, AFTERMATH)
            self.leftovers.note(judged, AFTERMATH)
            self._emitter.emit(ExchangeJudged(judged.exchange, judged.breaches, judged.late))
            self._filing.add(judged.breaches, batch, only, self._before)
        self._filing.add(scenario.breaches, Batch((), (scenario.case,)), only, self._before)

    def judge_unless_gone(self, played: Played, batch: Batch, only: str = "", *, lost: TargetError | None) -> None:
        """Judge what was played; of a target that has gone meanwhile, only what it had answered.

        Raises:
            TargetError: It has gone.
        """
        if lost is None:
            self.hand_on(played.attributed, batch, only)
            if played.dropped:
                raise TargetError(
                    f"The target sends too many events and calls: {played.dropped} over the limit "
                    f"during {', '.join(played.batch.families)}.",
                    advice="Check whether it sends in an endless loop",
                )
            return
        answered = tuple(e for e in played.attributed.exchanges if isinstance(e.answer, Answer))
        self.set_aside(played.attributed.exchanges)
        self.hand_on(replace(played.attributed, exchanges=answered, swapped={}), batch, only)
        raise lost

    def set_aside(self, exchanges: Iterable[Exchange]) -> None:
        """Judge nothing that a gone target left unanswered, whatever comes late: the suspects are sent again, alone."""
        self._unjudged.update(exchange.number for exchange in exchanges if not isinstance(exchange.answer, Answer))

    def hand_on_later(self, attributed: Attributed) -> None:
        """Judge what came when its batch was over; what this machine has made is excused."""
        self.hand_on(self.retries.take_later(attributed), AFTERMATH)

    def hand_on(self, attributed: Attributed, batch: Batch, only: str = "") -> None:
        """Judge exchanges, but those whose events may still come, and the events that belong to none."""
        here = Seen(batch, only, tuple(self._before))
        late = tuple(exchange for exchange in attributed.late if exchange.number not in self._unjudged)
        self._partners.note(attributed)
        ready, seen = self.pending.take(replace(attributed, late=late), here)
        self._judge_and_file(*self._partners.take(ready, seen, here), here)

    def _judge_and_file(self, attributed: Attributed, seen: Mapping[int, Seen], here: Seen) -> None:
        """Judge exchanges, and the events that belong to none; file what is broken.

        Args:
            attributed: What is judged.
            seen: Where exchanges were seen that are judged later than their batches, by their numbers.
            here: Where all others were.
        """
        for judged in self._judge.batch(attributed, self._tying.calls):
            if judged.late and self._keying.suspected(judged):
                continue
            at = seen.get(judged.exchange.number, here)
            around = at.batch.around(judged.exchange.case)
            if not judged.left_over:
                self.clock_steps.note(judged, around)
            self.leftovers.note(judged, around)
            event = ExchangeJudged(
                judged.exchange,
                judged.breaches,
                judged.late,
                judged.taken,
                judged.disturbed,
                judged.used_up,
                judged.no_room,
                judged.early,
            )
            self._emitter.emit(event)
            if self._sender.ids is not None and not judged.late:
                self._sender.ids.note(judged.exchange)
            self._let_again(judged, at)
            self.shown |= what_breaks(breach for breach in judged.breaches if not is_guess(breach))
            if at.only or not self._failed.take(judged, around, at.before):
                self._filing.add(judged.breaches, around, "" if judged.late else at.only, at.before)
        if nobodys := (*attributed.phantoms, *attributed.unexplained):
            self._emitter.emit(Aside(deliveries=nobodys))
        self._filing.add(self._judge.phantoms(attributed), here.batch, here.only, here.before)

    def _let_again(self, judged: Judged, at: Seen) -> None:
        """Let what was refused be sent once more, where its answer says nothing of what it is about."""
        if judged.taken:
            places = self._judge.taken_places(judged.exchange)
            self._unsettled.take_refused(judged.exchange, places, used_up=judged.used_up)
        elif judged.used_up:
            self._unsettled.take_used_up(judged.exchange, at.batch)
        elif judged.disturbed:
            self._unsettled.take_disturbed(judged.exchange, at.batch)
        elif judged.early:
            self._unsettled.take_early(judged.exchange, at.batch)
        elif judged.no_room:
            self._trials.take(judged.exchange, at.batch, at)

    def leave_out(self, cases: Sequence[Case], why: str = "") -> None:
        """Tell of cases that are not played: by operation and fault; where a whole family is not, by that."""
        for one in left_out_of(cases, why):
            self._emitter.emit(one)

    def note_left_out(self, played: Played) -> None:
        """Tell how many cases of a batch were not sent."""
        if played.left_out:
            self._emitter.emit(LeftOut(played.left_out, played.batch.families))

    def remember(self, batch: Batch) -> None:
        """Keep what was played of late while all was well: a finding may depend on it."""
        if batch.given or any(case.behaviour for case in batch.cases):
            return  # what it left behind is for the batch that is played after it to show
        self._before.append(replace(batch, prelude=()))
        while sum(len(one.cases) for one in self._before) > BEFORE:
            self._before.popleft()

    def broken_by(self, played: Played) -> frozenset[Broken] | None:
        """Return what a batch breaks; None: nobody knows, as this machine was busy."""
        played, late = self.retries.excuses.among(played)
        if late.now:
            return None
        return what_breaks(self._judge.trial(played.attributed, self._tying.calls))

    def was_late(self, played: Played) -> bool:
        """Whether an exchange of a batch was late, and this machine may be the reason."""
        return bool(self.retries.excuses.among(played)[1].now)


def left_out_of(cases: Sequence[Case], why: str = "") -> Iterator[LeftOut]:
    """Yield what is told of cases that are not played: one for each operation and fault, or family of an operation.

    Without a reason `why`, earlier ones were not answered in time.
    """
    groups = Counter(
        (case.operation, case.family, "" if why else ", ".join(sentences(case.of_the_world))) for case in cases
    )
    for (operation, family, fault), count in groups.items():
        yield LeftOut(count, (family,), operation, fault, why)
