"""The batches of a plan: the plain ones, then the generated ones, which are made while the plain ones are played."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases import warm_up
from bothends.engine.events import LeftOut
from bothends.engine.evidence import tallies
from bothends.engine.play import Batch
from bothends.engine.run.gathering import gathered
from bothends.engine.run.met_faults import MetFaults, passed_over
from bothends.engine.run.results import left_out_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AsyncExitStack

    from bothends.engine.run.batch_runner import BatchRunner
    from bothends.engine.run.drawing import Drawing
    from bothends.engine.run.equipment import Equipment
    from bothends.engine.run.head_start import HeadStart
    from bothends.engine.run.shared import Shared
    from bothends.records import Case

_FAILED = "The run ended before, as the target failed."


class PlannedBatches:
    """Plays what of a plan is this part's, and passes over the rest; where there is no plan, nothing."""

    _generated: Iterable[Case]
    _last: Iterable[Case]

    def __init__(self, shared: Shared, drawing: Drawing, head_start: HeadStart) -> None:
        self._shared = shared
        self._drawing = drawing
        self._head_start = head_start  # is told when a batch is over, and when the run mostly waits
        self._unplayed: deque[Batch] = deque()
        self._made: asyncio.Task[None] | None = None
        self._faults: MetFaults | None = None

    def warm_up(self) -> None:
        """Do what is needed soon: make the plain cases, load the generator where answers to its cases are checked."""
        if self._shared.work.plan is not None:
            self._shared.work.plan.prepare()
        if self._shared.work.generated and self._shared.dealer.has_generated:
            warm_up()

    async def begin(self, stack: AsyncExitStack) -> None:
        """Begin to make the generated cases, beside all that is played; that is over when the stack is left."""
        plan = self._shared.work.plan
        if plan is not None:
            self._made = await stack.enter_async_context(plan.made_beside(self._head_start.over))

    async def play_plain(self, equipment: Equipment) -> None:
        """Play the plain batches.

        Raises:
            ContractError: The case that was asked for is not there.
            HarnessError: The world failed, or a law crashed.
            Interrupted: A person asked for the end.
            TargetError: The target has gone.
        """
        shared = self._shared
        if shared.work.plan is None:
            return
        if shared.work.whole:  # what somebody asks for by its name is played
            self._faults = MetFaults(shared.contract, equipment.batches.results.passes_by)
        plain, self._generated, self._last = shared.work.plan.parts()
        planned = shared.dealer.batches(gathered(plain, shared.contract, shared.own_keys))
        dealt = await shared.interruption.guard(self._drawing.done(lambda: tuple(planned)))
        self._unplayed = deque(batch for batch, own in dealt if own)
        shared.progress.begin_plain(self._unplayed)
        if not any(batch.waits for batch in self._unplayed):
            self._head_start.note_waiting()
        for batch, own in dealt:
            if shared.filing.enough:
                break
            await self._run_dealt(batch, equipment.batches, own=own)
            if own:
                self._unplayed.popleft()
        else:
            shared.dealer.dealt += 1
        self._head_start.note_waiting()

    async def play_generated(self, equipment: Equipment) -> None:
        """Play the generated batches, as they are made."""
        shared = self._shared
        if shared.work.plan is None or shared.filing.enough:
            return
        if self._made is not None:
            await shared.interruption.guard(_over(self._made))
        shared.progress.begin_generated()
        await self._play_drawn(self._generated, equipment)

    async def play_last(self, equipment: Equipment) -> bool:
        """Play what may take away what other cases need; return whether there was any."""
        if self._shared.work.plan is None or self._shared.filing.enough:
            return False
        return await self._play_drawn(self._last, equipment)

    async def _play_drawn(self, cases: Iterable[Case], equipment: Equipment) -> bool:
        """Play cases as they are drawn; return whether there were any of this part's."""
        shared, played = self._shared, False
        drawn = shared.dealer.generated(gathered(cases, shared.contract, shared.own_keys))
        while (dealt := await shared.interruption.guard(self._drawing.next_of(drawn))) is not None:
            if shared.filing.enough:
                return played
            [(batch, own)] = dealt
            played = played or own
            await self._run_dealt(batch, equipment.batches, own=own)
        shared.dealer.dealt += 1
        return played

    async def try_other_values(self, equipment: Equipment) -> None:
        """Try what decides whether only values that the contract shows are taken, where it looks so."""
        if not self._shared.filing.enough and self._shared.work.plan is not None:
            probes = self._shared.evidence.known_values.probes(equipment.batches.controls)
            await self._run_all((Batch((), (case,), concurrency=1) for case in probes), equipment.batches)

    def tell_left_out(self) -> None:
        """Tell what is not played as the target failed: plain cases by what they are, and how many more there are."""
        for left_out in left_out_of([case for batch in self._unplayed for case in batch.cases]):
            self._shared.emitter.emit(replace(left_out, why=_FAILED))
        if left_behind := self._shared.progress.left_behind:
            self._shared.emitter.emit(LeftOut(left_behind, (), why=_FAILED))

    async def _run_dealt(self, batch: Batch, batches: BatchRunner, *, own: bool) -> None:
        """Run a batch that is this part's, or pass over it."""
        if not own:
            batches.pass_over(batch)
            return
        if not self._shared.dealer.is_whole:
            await batches.prepare_for(batch)
        kept, over = self._faults.chosen(batch) if self._faults is not None else (batch, ())
        if over:
            self._pass_over(over, passed_over(batch, kept, over), batches)
        if kept is not None:
            await self._run_all([kept], batches)

    def _pass_over(self, cases: Iterable[Case], as_batches: Iterable[Batch], batches: BatchRunner) -> None:
        """Pass over cases whose faults their operations can't meet, for all that was seen."""
        for batch in as_batches:
            batches.pass_over(batch)
        for case in cases:
            self._shared.progress.pass_over(case)
            tallies.pass_over(self._shared.evidence.counts, case)

    async def _run_all(self, to_play: Iterable[Batch], batches: BatchRunner) -> None:
        for batch in to_play:
            if self._shared.filing.enough:
                return
            if batch.waits:
                self._head_start.note_waiting()
            await batches.run(batch)
            self._head_start.note_played()
            if self._shared.options.fail_fast:
                await batches.wait_for_pending()


async def _over(made: asyncio.Task[None]) -> None:
    await asyncio.shield(made)
