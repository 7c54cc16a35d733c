"""Runs one batch after the other: makes its exchanges, has them judged, and does what its end asks for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases import success
from bothends.conditions import sentences
from bothends.contract.settings import ISOLATES_FAULTS
from bothends.engine.events import BatchFinished, BatchStarted
from bothends.engine.judge import ExitGrace
from bothends.engine.play import (
    LIMITS,
    Batch,
    Played,
    WaitBudget,
    answers_no_more,
    breaks_an_ingest,
    gets_slower,
    numbered,
    recovering,
    unmet_faults_of_its_own,
    without_doubtful_calls,
)
from bothends.engine.run.beside import Keying
from bothends.engine.run.restarts import Restarts
from bothends.engine.run.results import Results
from bothends.engine.run.side_by_side import SideBySide
from bothends.engine.run.usual_values import UsualValues
from bothends.laws import FAMILY as RECOVERED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract
    from bothends.engine.control import Interruption
    from bothends.engine.emitter import Emitter
    from bothends.engine.judge import Judge
    from bothends.engine.play import ExchangeRunner
    from bothends.engine.run.filing import Filing
    from bothends.engine.testbed import TestBed
    from bothends.errors import TargetError
    from bothends.records import Case, Exchange, Finding


_SHORTER = 4
"""By how much less is waited for what is pending each time that it was in vain."""


class BatchRunner:
    """Plays batches on a test bed, and hands on what they show.

    Attributes:
        controls: A good case of each operation that was played so far, by the operation's ID.
        good: One of each operation that may not have been played; only a replay has some.
        results: Takes what came of batches.
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
        self._filing = filing
        self._emitter = emitter
        self._interruption = interruption
        self._batches = 0
        self._exit_grace = ExitGrace()
        self.controls: dict[str, Case] = {}
        self.good: dict[str, Case] = {}
        self._latest: tuple[Exchange, ...] = ()
        self._plays_again = False
        target = contract.settings.target
        self.keying = Keying(target.faults_at_once, isolates=ISOLATES_FAULTS in target.guarantees)
        self._prepared: set[str] = set()
        self._barrier = WaitBudget(shorter=_SHORTER)
        self._quiet = WaitBudget(in_all=LIMITS.alone_in_all)
        self.restarts = Restarts(
            contract, self, testbed=testbed, exchange_runner=exchange_runner, interruption=interruption
        )
        self.results = Results(
            contract,
            testbed=testbed,
            exchange_runner=exchange_runner,
            judge=judge,
            filing=filing,
            emitter=emitter,
            keying=self.keying,
            confirmed=self.restarts.confirmed,
        )
        self._usual_values = UsualValues(exchange_runner.own_keys, self.prepare)
        self._side_by_side = SideBySide(
            self,
            testbed=testbed,
            exchange_runner=exchange_runner,
            results=self.results,
            filing=filing,
            keying=self.keying,
            interruption=interruption,
        )

    async def run(self, batch: Batch, *, of_objects: bool = False) -> None:
        """Run a batch, and what its end asks for: whether the target is well again, whether it is there at all.

        Args:
            batch: The batch.
            of_objects: Whether it makes objects for others.

        Raises:
            HarnessError: A law crashed, or a replay file can't be written.
            Interrupted: A person asked for the end.
            TargetError: The target has gone, or the run has waited for it long enough.
        """
        if batch.side_by_side:
            await self._side_by_side.play(batch)
            return
        if self.keying.at_once == 1 and len(batch.alone) > 1:
            for one in batch.alone:
                await self.run(one)
            return
        self._note_controls(batch)
        kept = self.without_hopeless(batch, of_objects=of_objects)
        if kept is None:
            return
        async with self.restarts.going_on():
            if any(case.kills for case in kept.cases):
                await self.wait_for_pending()  # what is killed may never send it
            if self._exchange_runner.sender.ids is not None:
                after = tuple(case for step in self.recovery(kept) for case in step.cases)
                await self._exchange_runner.sender.ids.stock(kept.and_after_it(after), self._played)
            await self.play_whole(kept, more=of_objects)
            await self.ask_whether_anyone_is_there(kept)

    async def play_whole(self, batch: Batch, *, more: bool = False) -> None:
        """Play a batch (`more`: an unplanned one), and after a fault good requests that show the target well again."""
        for step in (batch, *self.recovery(batch)):
            if breaks_an_ingest(step, self._testbed.world.services.ingests):
                await self.wait_for_pending()  # an ingest that is out of order may see no attempt
            await self._play(step, more=more)

    async def run_alone(self, finding: Finding, batch: Batch) -> None:
        """Repeat the request of a guess when nothing that came before it can send an event any more.

        Raises:
            HarnessError: As for `run`.
            Interrupted: A person asked for the end.
            TargetError: As for `run`.
        """
        if not await self.all_over():
            return  # there is no time: it stays a guess
        with self.results.anew() as shown:
            self._exchange_runner.tying.certainty.look_again()
            await self.run(batch)
            await self.wait_for_pending()
            what = finding.breach.law, finding.breach.cause
            if what not in shown:
                await self.all_over()  # what nobody owes may come after the answer
            seen = what in shown
            self._filing.findings.repeated_alone(finding.id, shown=seen)

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
            self.results.hand_on_later(runner.tying.later())
        return True

    async def _played(self, batch: Batch) -> tuple[Exchange, ...]:
        """Run a batch that makes objects for others; return its exchanges."""
        before, self._latest = self._latest, ()
        await self.run(batch, of_objects=True)
        found, self._latest = self._latest, before
        return found

    def pass_over(self, batch: Batch) -> None:
        """Pass over a batch that another part has: what those after it need of it is known all the same."""
        if batch.side_by_side:
            for one in batch.steps:
                self.pass_over(one)
            return
        self._note_controls(batch)
        recoveries = len(recovering(batch, self.controls))
        self._batches += 1 + recoveries
        self._exchange_runner.sender.pass_over(batch, recoveries)

    async def prepare_for(self, batch: Batch) -> None:
        """Send a good request of some operations of a batch, once: another part may have had it.

        What the target calls and sends when all is well tells whether a fault was met. And which values of requests
        must stay as they are usual, each part finds for itself.
        """
        self._note_controls(batch)
        played = {case.label for case in batch.cases}
        usual = self._usual_values.unknown(case.operation for case in batch.cases)
        unknown = [name for name in usual if name in self.controls and self.controls[name].label not in played]
        for name in dict.fromkeys((*recovering(batch, self.controls), *unknown)):
            if name not in self._prepared:
                self._prepared.add(name)
                await self.prepare_good(Batch((), (self.controls[name],), concurrency=1))

    async def prepare_good(self, batch: Batch) -> tuple[Exchange, ...]:
        """Play good requests that are no part of the run; return their exchanges."""
        self._note_controls(batch)
        exchanges = await self.prepare(batch)
        if await self._usual_values.found(exchanges, {case.operation: case for case in batch.cases}):
            exchanges = await self.prepare(batch)
        return exchanges

    async def prepare(self, batch: Batch) -> tuple[Exchange, ...]:
        """Play a batch that is no part of the run, as another part of it has the same; return its exchanges.

        Raises:
            HarnessError: The world failed.
            Interrupted: A person asked for the end.
        """
        limit = self._contract.settings.judged_time_limit_ms / 1000
        with self._exchange_runner.tying.waiting_behind(limit):
            if self._exchange_runner.sender.ids is not None:
                await self._exchange_runner.sender.ids.stock(batch, self.prepare)
            played = await self._interruption.guard(self._exchange_runner.play(batch))
        self.results.noted(played)
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
        self.results.hand_on_later(await self._interruption.guard(self._exchange_runner.tying.settle_for_good()))
        for step, beside in self.keying.late_suspects():
            await self._side_by_side.alone(step, beside)
        await self.wait_for_pending()
        if self.results.clock_steps.open:
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
        while now < self.results.pending.due(now, began=began, budget=budget) and self._testbed.target.died() is None:
            await self._interruption.guard(asyncio.sleep(LIMITS.look))
            before = len(self.results.pending)
            self.results.hand_on_later(self._exchange_runner.tying.later())
            if len(self.results.pending) < before:
                budget.renew()
            now = clock.now()
        if self.results.pending:
            budget.over(now - began, vain=True)
        self.results.let_go()

    async def _play(self, batch: Batch, *, more: bool = False) -> None:
        """Play one batch and judge it; and again, for as long as it is not known whether this machine is to blame."""
        await self._play_once(batch, more=more)
        await self.play_again()

    async def play_again(self) -> None:
        """Play again what asks for it: what was seen of it may be this machine's doing, or another request's.

        Raises:
            HarnessError: As for `run`.
            Interrupted: A person asked for the end.
        """
        if self._plays_again:
            return  # it goes on when an object has been made for what is played again
        self._plays_again = True
        try:
            while (batch := self.results.again()) is not None:
                # What may still come is of who asked first; where the world has nothing that is called, nothing may.
                if self._testbed.world.services.by_name:
                    await self._interruption.guard(asyncio.sleep(LIMITS.settle))
                # Those of the first time may be used up.
                if self._exchange_runner.sender.ids is not None:
                    await self._exchange_runner.sender.ids.stock(batch, self._played)
                await self._play_once(batch, more=True)
        finally:
            self._plays_again = False

    async def _play_once(self, batch: Batch, *, more: bool = False) -> None:
        self._count()
        self._tell_of(batch, more=more)
        played = await self._interruption.guard(self._exchange_runner.play(batch))
        if await self._usual_values.found(played.attributed.exchanges, {**self.good, **self.controls}):
            played = await self._interruption.guard(self._exchange_runner.play(batch))
        known = without_doubtful_calls(played) if batch.apart else played
        await self._take(known, batch)
        if known is not played:
            for own in batch.apart:
                await self._play_once(own, more=True)
        if unmet_faults_of_its_own(played):
            await self._play_once(batch.alone[-1], more=True)

    async def take_beside(self, played: Played, batch: Batch) -> None:
        """Take what came of a batch that was played beside others, as that of a batch like any other."""
        self._count()
        self._tell_of(batch)
        await self._take(numbered(played, self._batches), batch)
        await self.play_again()

    def _count(self) -> None:
        """Count a batch; what is no part of the run is not counted."""
        self._batches += 1
        self._exchange_runner.sender.batches = self._batches - 1

    def _tell_of(self, batch: Batch, *, more: bool = False) -> None:
        operations = tuple(dict.fromkeys(case.operation for case in batch.cases))
        size, families = len(batch.cases), batch.families
        self._emitter.emit(BatchStarted(self._batches, batch.given, size, families, operations, more))

    async def _take(self, played: Played, batch: Batch) -> None:
        """Judge a batch that was played, and note what it says of those that come."""
        played = self.results.noted(played)
        # What is played again for another reason comes behind it, and is of other cases.
        if not any(exchange.succeeded for exchange in self._latest):
            self._latest = played.attributed.exchanges
        await self._exit_grace.over(played, self._testbed.target)
        lost = await self.restarts.gone(played)
        self._finish(played, batch, lost)
        await self._emitter.taken()

    def _finish(self, played: Played, batch: Batch, lost: TargetError | None) -> None:
        """Judge a batch, say that it is over, and remember it; or raise what says that the target is `lost` since."""
        if lost is None:  # else these are played when the target has started anew
            self.results.note_left_out(played)
        try:
            self.results.judge_unless_gone(self.results.retries.take(played), batch, lost=lost)
        finally:  # which faults were met is known, though the target may have gone meanwhile
            made = self._exchange_runner.sender.exchanges
            fired, sent = played.fired, played.has_reached
            self._emitter.emit(BatchFinished(self._batches, made, batch.given, batch.families, fired, sent))
        self.results.remember(batch)

    def without_hopeless(self, batch: Batch, *, of_objects: bool = False) -> Batch | None:
        """Return a batch without the cases that will not be answered, as those before them; None: nothing is left.

        Cases that wait together are all left out, or none. What makes objects for others is left out only if it is what
        brings the target down: that another case of its family does so says nothing of it.

        Args:
            batch: The batch.
            of_objects: Whether it makes objects for others.
        """
        anew = self.restarts.is_accused if of_objects else self.restarts.gives_up
        waits = self._exchange_runner.timeout_budget.gives_up

        def gives_up(case: Case) -> bool:
            return anew(case) or waits(case)

        left = tuple(case for case in batch.cases if not gives_up(case))
        lost = len(batch.cases) - len(left)
        if not lost or (batch.together and left):
            return batch
        self.results.leave_out([case for case in batch.cases if anew(case)], self.restarts.not_played)
        self.results.leave_out([case for case in batch.cases if not anew(case) and waits(case)])
        return replace(batch, cases=left) if left else None

    def recovery(self, batch: Batch) -> Iterator[Batch]:
        """Return the good requests that are sent after a fault."""
        # An operation that did not call the faulty service shows nothing: each operation is asked itself.
        for name in recovering(batch, self.controls):
            fault = next(case for case in batch.cases if case.operation == name)
            prelude = batch.steps if batch.together else (replace(batch, cases=(fault,)),)
            yield Batch((), (self.after(batch, name),), concurrency=1, prelude=prelude)

    def after(self, batch: Batch, operation: str, crowd: str = "") -> Case:
        """Return the good request that is sent after a fault, or after what may bring a target down.

        Args:
            batch: What is played before it.
            operation: The operation that it is of, if it has a good case.
            crowd: How it is called that it comes after several at once; empty: it comes after a fault, or after a case.
        """
        over = "all others are" if crowd else "the fault is" if batch.given else "the request before it is"
        what = ", ".join(sentences(batch.given)) or ", ".join(case.label for case in batch.cases)
        return replace(
            self.controls.get(operation) or next(iter(self.controls.values())),
            family=RECOVERED,
            name=crowd or f"after {what}",
            expect=replace(success(self._contract.operation(operation)), why=f"{over} over"),
            origin=None,
        )

    async def ask_whether_anyone_is_there(self, batch: Batch) -> None:
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
