"""Runs one batch after the other: makes its exchanges, has them judged, and does what its end asks for."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bothends.cases import success
from bothends.conditions import sentences
from bothends.contract.settings import ISOLATES_FAULTS
from bothends.engine.events import (
    BatchFinished,
    BatchStarted,
    ExchangeJudged,
    InteractionVerified,
    LeftOut,
    ScenarioPlayed,
)
from bothends.engine.judge import ClockSteps, Disturbed, Excuses, ExitGrace, Retries, UnmetFaults, is_guess
from bothends.engine.play import (
    LIMITS,
    Batch,
    Pending,
    Played,
    WaitBudget,
    answers_no_more,
    breaks_an_ingest,
    gets_slower,
    gone,
    numbered,
    recovering,
    silenced,
    unmet_faults_of_its_own,
    without_doubtful_calls,
)
from bothends.engine.run.beside import Keying, what_breaks
from bothends.engine.run.leftovers import Leftovers
from bothends.engine.run.restarts import NOT_PLAYED, Restarts, left_out_of
from bothends.engine.run.unsettled import Unsettled
from bothends.engine.tie import LEAST_SEEN, Attributed
from bothends.errors import TargetError
from bothends.laws import FAMILY as RECOVERED
from bothends.records import Answer, Breach

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.contract import Contract
    from bothends.engine.control import Interruption
    from bothends.engine.emitter import Emitter
    from bothends.engine.judge import Judge
    from bothends.engine.play import ExchangeRunner, KnownIds
    from bothends.engine.run.beside import Beside, Broken
    from bothends.engine.run.filing import Filing
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Exchange, Finding, NotProven


BEFORE = 64
"""Requests that are remembered, as a finding that does not show again may depend on them."""

_SHORTER = 4
"""By how much less is waited for what is pending each time that it was in vain."""

AFTERMATH = Batch((), ())
"""What comes when all is over: late events, and what the whole of the run shows."""


class _Seen(NamedTuple):
    """Where an exchange was seen: its batch, what `--only` would be told, and the batches before."""

    batch: Batch
    only: str
    before: tuple[Batch, ...]


class BatchRunner:
    """Plays batches on a test bed, and hands on what they show.

    Attributes:
        controls: A good case of each operation that was played so far, by the operation's ID.
        retries: What is played again, as this machine was busy.
        clock_steps: What is played again, as the clock of this machine was set.
        leftovers: What is played again, as what came may be of the request before on the same connection.
        ids: The objects that are known on the target; None: ids are made up.
        keying: Whether faults are played side by side.
        restarts: Starts a target anew that is gone.
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
        interruption: Interruption,
    ) -> None:
        """Take all that it works with."""
        self._contract = contract
        self._testbed = testbed
        self._exchange_runner = exchange_runner
        self._judge = judge
        self._filing = filing
        self._emitter = emitter
        self._interruption = interruption
        self._batches = 0
        self._before: deque[Batch] = deque()
        self.retries = Retries(Excuses(contract, testbed.machine))
        self.clock_steps = ClockSteps(testbed.clock)
        self.leftovers = Leftovers(self._settled)
        self._unmet = UnmetFaults(contract)
        self._unsettled = Unsettled(contract)
        judge.disturbed = Disturbed(contract)
        self._exit_grace = ExitGrace()
        self._pending = Pending[_Seen].of_run(contract, exchange_runner.tying.law_contexts, testbed.machine)
        self.controls: dict[str, Case] = {}
        self.ids: KnownIds | None = None
        self._latest: tuple[Exchange, ...] = ()
        self._shown: set[Broken] = set()
        target = contract.settings.target
        self.keying = Keying(target.faults_at_once, isolates=ISOLATES_FAULTS in target.guarantees)
        self._prepared: set[str] = set()
        self._barrier = WaitBudget(shorter=_SHORTER)
        self._quiet = WaitBudget(in_all=LIMITS.alone_in_all)
        self.restarts = Restarts(self, testbed=testbed, exchange_runner=exchange_runner, interruption=interruption)

    async def run(self, batch: Batch) -> None:
        """Run a batch, and what its end asks for: whether the target is well again, whether it is there at all.

        Raises:
            HarnessError: A law crashed, or a replay file can't be written.
            Interrupted: A person asked for the end.
            TargetError: The target has gone, or the run has waited for it long enough.
        """
        if batch.keyed:
            await self._keyed(batch)
            return
        if self.keying.at_once == 1 and len(batch.alone) > 1:
            for one in batch.alone:
                await self.run(one)
            return
        self._note_controls(batch)
        kept = self._without_hopeless(batch)
        if kept is None:
            return
        async with self.restarts.going_on():
            if self.ids is not None:
                await self.ids.stock(kept, self._played)
            await self.play_whole(kept)
            await self._ask_whether_anyone_is_there(kept)

    async def play_whole(self, batch: Batch) -> None:
        """Play a batch, and after a fault the good requests that show whether the target is well again."""
        for step in (batch, *self._recovery(batch)):
            if breaks_an_ingest(step, self._testbed.world.ingests):
                await self.wait_for_pending()  # an ingest that is out of order may see no attempt
            await self._play(step)

    def accuse(self, attributed: Attributed, batch: Batch) -> None:
        """Judge what shows that the target answers nothing any more, and settle that it was seen twice.

        Raises:
            HarnessError: As for `run`.
        """
        self._hand_on(attributed, batch)
        for tracked in self._filing.findings.ranked():
            if tracked.finding.case.label == batch.cases[0].label:
                self._settle(tracked.finding)

    def _settled(self, breach: Breach, batch: Batch) -> None:
        """File what was seen several times, by the batch that shows it."""
        self._filing.add([breach], batch)
        for tracked in self._filing.findings.ranked():
            if (tracked.finding.breach.law, tracked.finding.breach.cause) == (breach.law, breach.cause):
                self._settle(tracked.finding)

    def _settle(self, finding: Finding) -> None:
        self.restarts.confirmed.add(finding.id)
        self._filing.findings.settle(replace(finding, reproduced=True))

    async def _keyed(self, group: Batch) -> None:
        """Play the faults of a group side by side, and alone what does not show all that it should."""
        async with self.restarts.going_on():
            await self._side_by_side(group)

    async def _side_by_side(self, group: Batch) -> None:
        steps = [kept for step in group.keyed if (kept := self._without_hopeless(step)) is not None]
        told_by = self._upstream_of(group)
        if self.keying.at_once == 1 or len(steps) <= 1 or not await self._told(told_by):
            for step in steps:
                await self.run(step)
            return
        await self.wait_for_pending()  # as in `run`
        rows = [(step, *self._recovery(step)) for step in steps]
        runner = self._exchange_runner
        calls = told_by is not None
        came = await self._interruption.guard(runner.play_keyed(rows, self.keying.at_once, calls=calls))
        suspects = self.keying.suspects(came, self._broken_by, self._was_late)
        every = Attributed(tuple(e for row in came.rows for one in row.played for e in one.attributed.exchanges))
        together = Played(group, every, {})
        lost = await self.restarts.gone(together)
        if lost is not None:
            lost.suspects = tuple(batch.cases[0] for batch, row in zip(steps, came.rows, strict=True) if silenced(row))
            self._judge_unless_gone(together, group, lost=lost)
        self._hand_on(replace(came.rest, phantoms=()), AFTERMATH)  # those show again, or nobody is accused of them
        taken: list[Batch] = []
        undecided: dict[int, set[str]] = {}
        only_beside, at_once = len(self.keying.only_beside), self.keying.at_once
        for place, (row, batches) in enumerate(zip(came.rows, rows, strict=True)):
            beside = suspects.get(place)
            # What has shown alone is a finding already.
            if beside is not None and not (beside.known and beside.broken <= self._shown):
                alone = await self._alone(steps[place], beside)
                if beside.excused and self.keying.isolates:
                    undecided[place] = alone
                continue
            taken.append(steps[place])
            for played, batch in zip(row.played, batches, strict=True):
                self._count()
                self._tell_of(batch)
                await self._take(numbered(played, self._batches), batch)
                await self.play_again()
            self.keying.remember(steps[place], row)
        await self._beside_again(rows, undecided, at_once, calls=calls)
        self.keying.played_again(len(steps) - len(taken), came, told_by)
        if len(self.keying.only_beside) > only_beside:
            # What one fault has left behind, another one's exchange may have met.
            for step in taken:
                await self.run(step)
        await self._ask_whether_anyone_is_there(group)

    def _upstream_of(self, group: Batch) -> tuple[str, str] | None:
        """Return the operation and the upstream that a group of faults is about; None: they are of an ingest."""
        subject = group.given[0].subject
        return None if subject in self._testbed.world.ingests else (group.cases[0].operation, subject)

    async def _told(self, by: tuple[str, str] | None) -> bool:
        """Return whether calls to an upstream tell their exchanges, as good requests have shown; deliveries do."""
        if by is None:
            return True
        tells, control = self.keying.tells, self.controls.get(by[0])
        if control is None:
            return False
        if by not in tells:
            good = Batch((), (control,) * LEAST_SEEN, concurrency=LEAST_SEEN)
            tells[by] = await self._exchange_runner.calls_tell(good, by[1], self.prepare)
        return tells[by]

    def _was_late(self, played: Played) -> bool:
        """Whether an exchange of a batch was late, and this machine may be the reason."""
        return bool(self.retries.excuses.among(played)[1].now)

    def _broken_by(self, played: Played) -> frozenset[Broken] | None:
        """Return what a batch breaks; None: nobody knows, as this machine was busy."""
        played, late = self.retries.excuses.among(played)
        if late.now:
            return None
        return what_breaks(self._judge.trial(played.attributed, self._exchange_runner.tying.calls))

    async def _beside_again(
        self, rows: Sequence[Sequence[Batch]], undecided: dict[int, set[str]], at_once: int, *, calls: bool
    ) -> None:
        """Play faults beside others again of which a busy machine excused what they showed there.

        Args:
            rows: The faults that were played side by side, each with what comes after it.
            undecided: The places of those that were excused, each with the laws that it breaks alone.
            at_once: How many were under way at once.
            calls: Whether the faults are of an upstream, whose calls tell their exchanges.
        """
        while undecided and self.keying.may_try_again():
            came = await self._interruption.guard(self._exchange_runner.play_keyed(rows, at_once, calls=calls))
            self._hand_on(replace(came.rest, phantoms=()), AFTERMATH)
            suspects = self.keying.suspects(came, self._broken_by, self._was_late)
            for place in list(undecided):
                beside = suspects.get(place)
                if beside is None or not beside.excused:
                    alone = undecided.pop(place)
                    self._filing.add([] if beside is None else self.keying.compare(beside, alone), AFTERMATH)
        self.keying.unknown.update((rows[place][0].cases[0].label, None) for place in undecided)

    async def _alone(self, step: Batch, beside: Beside) -> set[str]:
        """Play a fault alone that was played beside others, note what it does not show then; return what it breaks."""
        await self.restarts.well_again(step.cases[0].operation)
        before, self._shown = self._shown, set()
        await self.run(step)
        alone = {law for law, _ in self._shown}
        told = self.keying.compare(beside, alone)
        self._shown |= before
        self._filing.add(told, AFTERMATH)
        return alone

    async def run_alone(self, finding: Finding, batch: Batch) -> None:
        """Repeat the request of a guess when nothing that came before it can send an event any more.

        Raises:
            HarnessError: As for `run`.
            Interrupted: A person asked for the end.
            TargetError: As for `run`.
        """
        if not await self.all_over():
            return  # there is no time: it stays a guess
        before, self._shown = self._shown, set()
        self._exchange_runner.tying.certainty.look_again()
        await self.run(batch)
        await self.wait_for_pending()
        self._filing.findings.repeated_alone(
            finding.id, shown=(finding.breach.law, finding.breach.cause) in self._shown
        )
        self._shown |= before

    async def all_over(self) -> bool:
        """Wait until no exchange may send an event any more; return whether that is so.

        Raises:
            HarnessError: As for `run`.
            Interrupted: A person asked for the end.
        """
        runner, clock = self._exchange_runner, self._testbed.clock
        while (left := runner.tying.over_in(clock.now())) > 0:
            if self._testbed.target.died() is not None or left > self._quiet.left:
                return False
            seconds = min(left, LIMITS.look)
            self._quiet.over(seconds, vain=False)
            await self._interruption.guard(asyncio.sleep(seconds))
            self._hand_on(runner.tying.later(), AFTERMATH)
        return True

    async def _played(self, batch: Batch) -> tuple[Exchange, ...]:
        """Run a batch; return its exchanges."""
        self._latest = ()
        await self.run(batch)
        return self._latest

    def pass_over(self, batch: Batch) -> None:
        """Pass over a batch that another part has: what those after it need of it is known all the same."""
        if batch.keyed:
            for one in batch.keyed:
                self.pass_over(one)
            return
        self._note_controls(batch)
        recoveries = len(recovering(batch, self.controls))
        self._batches += 1 + recoveries
        self._exchange_runner.sender.pass_over(batch, recoveries)

    async def prepare_for(self, batch: Batch) -> None:
        """Send a good request of each operation of which a batch has faults, once: another part may have had it.

        What the target calls and sends when all is well tells whether a fault was met.
        """
        self._note_controls(batch)
        for name in recovering(batch, self.controls):
            if name not in self._prepared:
                self._prepared.add(name)
                await self.prepare(Batch((), (self.controls[name],), concurrency=1))

    async def prepare(self, batch: Batch) -> tuple[Exchange, ...]:
        """Play a batch that is no part of the run, as another part of it has the same; return its exchanges.

        Raises:
            HarnessError: The world failed.
            Interrupted: A person asked for the end.
        """
        limit = self._contract.settings.judged_time_limit_ms / 1000
        with self._exchange_runner.tying.waiting_behind(limit):
            if self.ids is not None:
                await self.ids.stock(batch, self.prepare)
            played = await self._interruption.guard(self._exchange_runner.play(batch))
        self._unmet.take(played, self._exchange_runner.tying.calls)
        return played.attributed.exchanges

    def _note_controls(self, batch: Batch) -> None:
        good = (case for case in batch.cases if case.family == "success")
        self.controls = {case.operation: case for case in good} | self.controls

    async def settle(self) -> None:
        """Wait for what may still come when all is over, and judge it.

        Raises:
            HarnessError: As for `run`.
            Interrupted: A person asked for the end.
        """
        self._hand_on(await self._interruption.guard(self._exchange_runner.tying.settle_for_good()), AFTERMATH)
        for step, beside in self.keying.late_suspects():
            await self._alone(step, beside)
        await self.wait_for_pending()
        if self.clock_steps.open:
            await self.play_again()
            await self.wait_for_pending()

    async def wait_for_pending(self) -> None:
        """Wait for events that are owed and that no answer waits for; what does not come is lost.

        Each wait in vain makes the next one shorter: what was not waited for long enough accuses nobody.

        Raises:
            HarnessError: As for `run`.
            Interrupted: A person asked for the end.
        """
        await self.play_again()
        clock, budget = self._testbed.clock, self._barrier
        began = now = clock.now()
        while now < self._pending.due(now, began=began, budget=budget) and self._testbed.target.died() is None:
            await self._interruption.guard(asyncio.sleep(LIMITS.look))
            before = len(self._pending)
            self._hand_on(self._exchange_runner.tying.later(), AFTERMATH)
            if len(self._pending) < before:
                budget.renew()
            now = clock.now()
        if self._pending:
            budget.over(now - began, vain=True)
        self.let_go()

    def let_go(self) -> None:
        """Judge what still lacks an event: nothing is waited for any more.

        Raises:
            HarnessError: As for `run`.
        """
        now, hangs = self._testbed.clock.now(), self._testbed.world.lets_deliveries_hang
        exchanges, seen = self._pending.rest(now, self._exchange_runner.tying.faults, hangs=hangs)
        self.retries.give_up(self._pending.kept_waiting)
        self._judge_and_file(Attributed(exchanges), seen, _Seen(AFTERMATH, "", ()))

    def not_proven(self) -> Iterator[NotProven]:
        """Yield what it can't say of faults that were played side by side, and of events that were waited for."""
        yield from self.keying.not_proven()
        yield from self._pending.not_proven()

    def take_interaction(self, verified: InteractionVerified) -> None:
        """Judge what was played for an interaction of a pact.

        Raises:
            HarnessError: As for `run`.
            TargetError: The target has gone.
        """
        self._emitter.emit(verified)
        only = verified.case.label
        for played in verified.played:
            self._note_left_out(played)
            self._judge_unless_gone(played, played.batch, only, lost=gone(played, self._testbed.target))
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

    async def _play(self, batch: Batch) -> None:
        """Play one batch and judge it; and again, for as long as it is not known whether this machine is to blame."""
        await self._play_once(batch)
        await self.play_again()

    async def play_again(self) -> None:
        """Play again what asks for it: what was seen of it may be this machine's doing, or another request's.

        Raises:
            HarnessError: As for `run`.
            Interrupted: A person asked for the end.
        """

        def again() -> Batch | None:
            of_old = self.retries.next() or self.clock_steps.next()
            return of_old or self.leftovers.next() or self._unsettled.next()

        while (batch := again()) is not None:
            await self._interruption.guard(asyncio.sleep(LIMITS.settle))  # what may still come is of who asked first
            await self._play_once(batch)

    async def _play_once(self, batch: Batch) -> None:
        self._count()
        self._tell_of(batch)
        played = await self._interruption.guard(self._exchange_runner.play(batch))
        known = without_doubtful_calls(played) if batch.apart else played
        await self._take(known, batch)
        if known is not played:
            for own in batch.apart:
                await self._play_once(own)
        if unmet_faults_of_its_own(played):
            await self._play_once(batch.alone[-1])

    def _count(self) -> None:
        """Count a batch; what is no part of the run is not counted."""
        self._batches += 1
        self._exchange_runner.sender.batches = self._batches - 1

    def _tell_of(self, batch: Batch) -> None:
        operations = tuple(dict.fromkeys(case.operation for case in batch.cases))
        self._emitter.emit(BatchStarted(self._batches, batch.given, len(batch.cases), batch.families, operations))

    async def _take(self, played: Played, batch: Batch) -> None:
        """Judge a batch that was played, and note what it says of those that come."""
        played = self._noted(played)
        await self._exit_grace.over(played, self._testbed.target)
        lost = await self.restarts.gone(played)
        self._finish(played, batch, lost)
        await self._emitter.taken()

    def _noted(self, played: Played) -> Played:
        """Note which faults a batch has met."""
        played = self._unmet.take(played, self._exchange_runner.tying.calls)
        self._latest = played.attributed.exchanges
        return played

    def _finish(self, played: Played, batch: Batch, lost: TargetError | None) -> None:
        """Judge a batch, say that it is over, and remember it.

        Args:
            played: What came of it.
            batch: The batch.
            lost: What says that the target has gone since; None: it has not.

        Raises:
            HarnessError: As for `run`.
            TargetError: The target has gone.
        """
        if lost is None:  # else these are played when the target has started anew
            self._note_left_out(played)
        try:
            self._judge_unless_gone(self.retries.take(played), batch, lost=lost)
        finally:  # which faults were met is known, though the target may have gone meanwhile
            made = self._exchange_runner.sender.exchanges
            self._emitter.emit(BatchFinished(self._batches, made, batch.given, batch.families, played.fired))
        self._remember(batch)

    def _without_hopeless(self, batch: Batch) -> Batch | None:
        """Return a batch without the cases that will not be answered, as those before them; None: nothing is left.

        Cases that wait together are all left out, or none.
        """
        anew, waits = self.restarts.gives_up, self._exchange_runner.timeout_budget.gives_up

        def gives_up(case: Case) -> bool:
            return anew(case) or waits(case)

        left = tuple(case for case in batch.cases if not gives_up(case))
        lost = len(batch.cases) - len(left)
        if not lost or (batch.parallel_timeouts and left):
            return batch
        self.leave_out([case for case in batch.cases if anew(case)], NOT_PLAYED)
        self.leave_out([case for case in batch.cases if not anew(case) and waits(case)])
        parts = (replace(own, cases=tuple(case for case in own.cases if not gives_up(case))) for own in batch.apart)
        apart = tuple(own for own in parts if own.cases)
        return replace(batch, cases=left, apart=apart if len(apart) > 1 else ()) if left else None

    def _recovery(self, batch: Batch) -> Iterator[Batch]:
        """Return the good requests that are sent after a fault."""
        # An operation that did not call the faulty service shows nothing: each operation is asked itself.
        for name in recovering(batch, self.controls):
            fault = next(case for case in batch.cases if case.operation == name)
            prelude = batch.steps if batch.parallel_timeouts else (replace(batch, cases=(fault,)),)
            yield Batch((), (self.after(batch, name),), concurrency=1, prelude=prelude)

    def after(self, batch: Batch, operation: str) -> Case:
        """Return the good request that is sent after a fault, or after a case that may bring a target down."""
        what = ", ".join(sentences(batch.given)) or ", ".join(case.label for case in batch.cases)
        return replace(
            self.controls.get(operation) or next(iter(self.controls.values())),
            family=RECOVERED,
            name=f"after {what}",
            expect=replace(success(self._contract.operation(operation)), why="the fault is over"),
            origin=None,
        )

    async def _ask_whether_anyone_is_there(self, batch: Batch) -> None:
        """Send a good request where nothing was answered for long, or only ever more slowly.

        Raises:
            TargetError: The target is down, or gets slower, or the run has waited for it long enough.
        """
        timeout_budget, pace = self._exchange_runner.timeout_budget, self._exchange_runner.pace
        slow = pace.slow
        if (slow or (timeout_budget.tired and not timeout_budget.spent)) and self.controls:
            asked = batch.cases[-1].operation if batch.cases else ""
            control = self.controls.get(asked, next(iter(self.controls.values())))
            await self._play(Batch((), (control,), concurrency=1))
        if timeout_budget.tired or timeout_budget.spent:
            raise answers_no_more(timeout_budget, self._testbed.client.time_limit)
        if slow and (now := pace.slow):
            raise gets_slower(pace, now, self._exchange_runner.sender.exchanges)

    def _remember(self, batch: Batch) -> None:
        """Keep what was played of late while all was well: a finding may depend on it."""
        if batch.given or any(case.behaviour for case in batch.cases):
            return  # what it left behind is for the batch that is played after it to show
        self._before.append(replace(batch, prelude=()))
        while sum(len(one.cases) for one in self._before) > BEFORE:
            self._before.popleft()

    def _judge_unless_gone(self, played: Played, batch: Batch, only: str = "", *, lost: TargetError | None) -> None:
        """Judge what was played; of a target that has gone meanwhile, only what it had answered.

        Raises:
            TargetError: It has gone.
        """
        if lost is None:
            self._hand_on(played.attributed, batch, only)
            if played.dropped:
                raise TargetError(
                    f"The target sends too many events and calls: {played.dropped} over the limit "
                    f"during {', '.join(played.batch.families)}.",
                    advice="Check whether it sends in an endless loop",
                )
            return
        answered = tuple(e for e in played.attributed.exchanges if isinstance(e.answer, Answer))
        self._hand_on(replace(played.attributed, exchanges=answered, swapped={}), batch, only)
        raise lost

    def _hand_on(self, attributed: Attributed, batch: Batch, only: str = "") -> None:
        """Judge exchanges, but those whose events may still come, and the events that belong to none."""
        here = _Seen(batch, only, tuple(self._before))
        ready, seen = self._pending.take(attributed, here)
        self._judge_and_file(ready, seen, here)

    def _judge_and_file(self, attributed: Attributed, seen: Mapping[int, _Seen], here: _Seen) -> None:
        """Judge exchanges, and the events that belong to none; file what is broken.

        Args:
            attributed: What is judged.
            seen: Where exchanges were seen that are judged later than their batches, by their numbers.
            here: Where all others were.
        """
        for judged in self._judge.batch(attributed, self._exchange_runner.tying.calls):
            if judged.late and self.keying.suspected(judged):
                continue
            at = seen.get(judged.exchange.number, here)
            around = at.batch.around(judged.exchange.case)
            if not judged.left_over:
                self.clock_steps.note(judged, around)
            self.leftovers.note(judged, around)
            event = ExchangeJudged(judged.exchange, judged.breaches, judged.late, judged.taken, judged.disturbed)
            self._emitter.emit(event)
            if self.ids is not None and not judged.late:
                self.ids.note(judged.exchange)
            if judged.taken:
                self._unsettled.take_refused(judged.exchange, self._judge.taken_places(judged.exchange))
            elif judged.disturbed:
                self._unsettled.take_disturbed(judged.exchange)
            self._shown |= what_breaks(breach for breach in judged.breaches if not is_guess(breach))
            self._filing.add(judged.breaches, around, "" if judged.late else at.only, at.before)
        self._filing.add(self._judge.phantoms(attributed), here.batch, here.only, here.before)

    def started_anew(self) -> None:
        """Note that the target may have forgotten all that requests have made."""
        self._judge.taken_values.start += 1

    def leave_out(self, cases: Sequence[Case], why: str = "") -> None:
        """Tell of cases that are not played: by operation and fault; where a whole family is not, by that."""
        for one in left_out_of(cases, why):
            self._emitter.emit(one)

    def _note_left_out(self, played: Played) -> None:
        if played.left_out:
            self._emitter.emit(LeftOut(played.left_out, played.batch.families))
