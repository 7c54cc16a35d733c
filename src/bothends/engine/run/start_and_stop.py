"""The scenarios of starting and stopping: played beside the batches, or last where there is one process at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AsyncExitStack

    from bothends.engine.lifecycle import LifecyclePhase, Scenario
    from bothends.engine.run.equipment import Equipment
    from bothends.engine.run.head_start import HeadStart
    from bothends.engine.run.replaying import Replaying
    from bothends.engine.run.shared import Shared
    from bothends.records import NotProven


class StartAndStop:
    """Has scenarios played that are this part's, and takes what comes of them."""

    def __init__(self, shared: Shared, head_start: HeadStart, replaying: Replaying) -> None:
        self._shared = shared
        self._head_start = head_start  # when scenarios may begin beside the batches
        self._replaying = replaying  # counts a try where what is replayed shows
        self._phase: LifecyclePhase | None = None
        self._later: tuple[Scenario, ...] = ()

    async def begin(self, equipment: Equipment, stack: AsyncExitStack) -> None:
        """Begin with scenarios, beside all that is played; they are broken off when the stack is left.

        Where there is one process of the target at a time, they wait until all else has been played.
        """
        shared, lock = self._shared, equipment.testbed.lock
        scenarios = tuple(shared.dealer.scenarios(shared.work.scenarios, lambda scenario: scenario.name))
        if not scenarios:
            return
        from bothends.engine.lifecycle import LifecyclePhase  # noqa: PLC0415 -- loaded where there are some

        args = shared.contract, shared.options, shared.seed, shared.interruption, equipment.judge, lock
        self._phase = LifecyclePhase(*args)
        if lock is None:
            first = None if shared.work.plan is None else self._head_start.over
            await stack.enter_async_context(self._phase.begun(scenarios, first))
        else:
            self._later = scenarios

    async def take(self, equipment: Equipment) -> None:
        """Take what came of the scenarios that were played beside all else."""
        if self._phase is not None and self._phase.scenarios:
            await self._take(self._phase, equipment)

    async def play_alone(self, equipment: Equipment) -> bool:
        """Play the scenarios that come last; return whether there are some: the target was stopped for them."""
        if self._phase is None or not self._later or self._shared.filing.enough:
            return False
        async with equipment.testbed.aside(), self._phase.begun(self._later):
            await self._take(self._phase, equipment)
        return True

    async def _take(self, phase: LifecyclePhase, equipment: Equipment) -> None:
        self._shared.progress.begin_scenarios()
        self._replaying.note_try()
        for scenario in phase.scenarios:
            if self._shared.filing.enough:
                return
            equipment.batches.results.take_scenario(await phase.outcome(scenario))
            await self._shared.emitter.taken()

    @property
    def secrets(self) -> Sequence[str]:
        """What the worlds of the scenarios keep secret, so far."""
        return () if self._phase is None else sorted(self._phase.secrets)

    @property
    def not_proven(self) -> Sequence[NotProven]:
        """What never came to pass."""
        return () if self._phase is None else self._phase.not_proven
