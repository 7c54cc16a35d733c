"""A replay: what has shown one finding is played again, and whether it has shown is told.

The target that showed it had a past. One that was just launched has none: nothing is stale in an empty cache. And what
shows only when several are under way at once need not show each time. So it is tried more than once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.engine.play import LIMITS
from bothends.engine.run.examine import REPEATS
from bothends.engine.run.gathering import gathered
from bothends.engine.run.results import AFTERMATH
from bothends.laws import FAMILY as RECOVERED
from bothends.records import ReplayOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.engine.play import Batch
    from bothends.engine.run.batch_runner import BatchRunner
    from bothends.engine.run.equipment import Equipment
    from bothends.engine.run.shared import Shared


class Replaying:
    """Plays the batches that have shown a finding, and counts how often it was tried."""

    def __init__(self, shared: Shared) -> None:
        """Take what the steps of a run share."""
        self._shared = shared
        self._tries = 0

    @property
    def outcome(self) -> ReplayOutcome | None:
        """Whether the finding that is replayed has shown again; None: none is replayed."""
        replayed = self._shared.work.replayed
        return ReplayOutcome(replayed, self._tries, self._found) if replayed else None

    def note_try(self) -> None:
        """Count a try at what shows in no batch, but in an interaction of a pact or in a scenario."""
        self._tries += bool(self._shared.work.replayed)

    async def play(self, equipment: Equipment) -> None:
        """Play what has shown a finding; where it does not show at once, after a good request, and after some of each.

        Raises:
            HarnessError: The world failed, or a law crashed.
            Interrupted: A person asked for the end.
            TargetError: The target has gone.
        """
        shared, to_play = self._shared, self._shared.work.batches
        if not to_play:
            return
        batches = equipment.batches
        # The caller follows from the number of an exchange, and some bugs are about a caller's name.
        equipment.exchange_runner.sender.count_from(shared.work.before)
        if not any(batch.given for batch in to_play):
            # Where the target goes again, the good request that showed it is sent: another one were another finding.
            good = (case for batch in to_play for case in batch.cases if case.family == RECOVERED)
            batches.controls |= {case.operation: case for case in good}
        # A target that refuses each value but the usual ones is sent those: it need not be a good request that tells.
        batches.good = {case.operation: case for case in equipment.testbed.controls(shared.contract)}
        await self._try(to_play, batches)
        if self._is_settled:
            return
        await shared.interruption.guard(asyncio.sleep(LIMITS.settle))
        await batches.run(AFTERMATH)  # it shows what came late
        if self._is_settled:
            return
        for batch in gathered(equipment.testbed.control(shared.contract), shared.contract, shared.own_keys):
            await batches.run(batch)
        crowded = any(len(batch.cases) > 1 and batch.concurrency != 1 for batch in to_play)
        for _ in range(REPEATS if crowded else 1):
            await self._try(to_play, batches)
            if self._is_settled:
                return
        await self._after_each_operation(equipment, to_play)

    async def _after_each_operation(self, equipment: Equipment, to_play: Iterable[Batch]) -> None:
        """Try once more after a good request of each operation: what one has done may show in another for good."""
        shared = self._shared
        controls = equipment.testbed.controls(shared.contract)
        if len(controls) < 2:  # noqa: PLR2004 -- that of one operation was sent already
            return
        for case in controls:
            for batch in gathered((case,), shared.contract, shared.own_keys):
                await equipment.batches.run(batch)
        await self._try(to_play, equipment.batches)

    async def _try(self, to_play: Iterable[Batch], batches: BatchRunner) -> None:
        self._tries += 1
        for batch in to_play:
            if self._shared.filing.enough:
                return
            await batches.run(batch)
        await batches.wait_for_pending()

    @property
    def _is_settled(self) -> bool:
        """Whether the finding that is replayed has shown; or none is, or a past can't be made up for."""
        work = self._shared.work
        return not work.launched or not work.replayed or self._found or self._shared.filing.enough

    @property
    def _found(self) -> bool:
        replayed = self._shared.work.replayed
        return any(tracked.finding.id == replayed for tracked in self._shared.filing.findings.ranked())
