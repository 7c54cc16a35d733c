"""A run, from top to bottom: `Runner.run` says in order what is done.

A step that takes more than a few lines is in a module of its own. Each step emits its events into one place, the
emitter. Who counts (tallies, coverage, progress) listens there, as reports do. No step hands on the events of another.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from bothends.engine.control import Outcome
from bothends.engine.events import RunStarted
from bothends.engine.judge import guess_batches
from bothends.engine.play import OwnKeys, Place
from bothends.engine.run.conclusion import Conclusion
from bothends.engine.run.dealing import Dealer
from bothends.engine.run.drawing import Drawing
from bothends.engine.run.equipment import Equipment, equipment_on
from bothends.engine.run.examine import Examination
from bothends.engine.run.filing import Filing
from bothends.engine.run.head_start import HeadStart
from bothends.engine.run.interactions import Interactions
from bothends.engine.run.planned import PlannedBatches
from bothends.engine.run.preliminaries import Preliminaries
from bothends.engine.run.progress import ProgressMeter
from bothends.engine.run.replaying import Replaying
from bothends.engine.run.shared import Shared
from bothends.engine.run.start_and_stop import StartAndStop
from bothends.engine.testbed import open_testbed, target_settings

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.engine.control import Interruption
    from bothends.engine.emitter import Emitter
    from bothends.engine.evidence import Evidence
    from bothends.engine.judge import Findings, Known
    from bothends.engine.options import Options
    from bothends.engine.play import Meeting
    from bothends.engine.run.work import Work


class Runner:
    """Does the work of one run on one target, or of a part of it.

    Attributes:
        filing: What it has found, and what shows that.
        conclusion: What it has come to.
    """

    def __init__(  # noqa: PLR0913 -- it combines what a run has
        self,
        contract: Contract,
        options: Options,
        work: Work,
        *,
        seed: int,
        evidence: Evidence,
        findings: Findings,
        known: Known,
        emitter: Emitter,
        interruption: Interruption,
        meeting: Meeting | None = None,
        examines: bool = False,
    ) -> None:
        """Take all that a run works with; `examines`: what it plays is there for the findings of others alone."""
        self.filing = Filing(findings, options, seed, emitter)
        dealer = Dealer(options.shard)
        dealer.expect(generated=work.about_generated, interactions=work.about_interactions)
        progress = ProgressMeter(emitter.emit)
        emitter.listeners += [evidence.handle, progress.handle]
        self._shared = shared = Shared(
            contract=contract,
            options=options,
            work=work,
            seed=seed,
            evidence=evidence,
            filing=self.filing,
            emitter=emitter,
            interruption=interruption,
            dealer=dealer,
            progress=progress,
            own_keys=OwnKeys(contract, seed),
        )
        self._meeting = meeting
        self._examines = examines
        self._outcome = Outcome()
        self._drawing = Drawing()
        self._secrets: tuple[str, ...] = ()
        self._examined: frozenset[str] = frozenset()
        head_start = HeadStart(has_company=meeting is not None or not dealer.is_whole)
        self._preliminaries = Preliminaries(shared)
        self._replaying = Replaying(shared)
        self._planned = PlannedBatches(shared, self._drawing, head_start)
        self._interactions = Interactions(shared, self._replaying)
        self._scenarios = StartAndStop(shared, head_start, self._replaying)
        self.conclusion = Conclusion(
            shared,
            known,
            self._outcome,
            planned=self._planned,
            replaying=self._replaying,
            interactions=self._interactions,
            scenarios=self._scenarios,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no report may show: each start of the target may yield others."""
        return (*self._secrets, *self._scenarios.secrets)

    async def run(self) -> None:
        """Make the run: the last event is always `RunFinished`, whatever ended it.

        Raises:
            ContractError: A name or a case that the call asks for is not there; nothing is summed up.
            HarnessError: What was set up can't be cleared, when all is told.
        """
        self.conclusion.begin()
        with self._outcome.caught(self._shared.options.state_folder):
            async with AsyncExitStack() as stack:
                equipment = await self._start_world_and_target(stack)
                self._announce(equipment)
                await self._meet_other_lanes(equipment)
                await self._scenarios.begin(equipment, stack)
                await self._planned.begin(stack)
                await self._preliminaries.learn_keys(equipment)
                await self._replaying.play(equipment)
                await self._preliminaries.control(equipment)
                await self._planned.play_plain(equipment)
                await self._planned.play_generated(equipment)
                await self._interactions.verify(equipment)
                await self._scenarios.take(equipment)
                await self._guesses(equipment)
                await self._planned.try_other_values(equipment)
                await self._settle(equipment)
                await self._examine(equipment)
                await self._play_last(equipment)
                await self._start_and_stop_alone(equipment)
                self.conclusion.tell_all(equipment)
        self.conclusion.tell_what_failed()

    async def _start_world_and_target(self, stack: AsyncExitStack) -> Equipment:
        """Start the world, then the target; both are stopped in the end, and the end of the target's log is taken."""
        shared, warm_up = self._shared, self._planned.warm_up
        # Who meets others has nothing to do then: meanwhile, their targets start.
        now = self._meeting is None or shared.dealer.is_first
        stack.callback(self._drawing.end)
        meanwhile = (lambda: self._drawing.done(warm_up)) if now else None
        on = open_testbed(shared.contract, shared.options, shared.seed, shared.interruption, meanwhile=meanwhile)
        testbed = await stack.enter_async_context(on)
        stack.callback(self.conclusion.take_log, testbed)
        self._secrets = testbed.world.secrets.hidden()
        self.conclusion.equipment = equipment = equipment_on(testbed, shared)
        stack.callback(equipment.batches.results.let_go)
        return equipment

    def _announce(self, equipment: Equipment) -> None:
        shared = self._shared
        contract, work = shared.contract, shared.work
        settings = target_settings(contract, shared.options)
        shared.emitter.emit(
            RunStarted(
                seed=shared.seed,
                spec=contract.settings.spec_named,
                operations=tuple(f"{o.method} {o.path}" for o in contract.operations),
                target=equipment.testbed.target.base_url,
                launched=() if settings.url is not None else settings.command,
            )
        )
        generated, interactions = work.about_generated, work.about_interactions
        share = shared.dealer.share(generated=generated, interactions=interactions, scenarios=len(work.scenarios))
        shared.progress.expect(**share)

    async def _meet_other_lanes(self, equipment: Equipment) -> None:
        if self._meeting is not None:
            testbed, batches = equipment.testbed, equipment.batches
            place = Place(
                self._shared.contract,
                testbed.world,
                testbed.target.base_url,
                batches.prepare_good,
                equipment.ids,
                self._planned.warm_up,
                equipment.breaks,
            )
            await self._shared.interruption.guard(self._meeting(place))

    async def _guesses(self, equipment: Equipment) -> None:
        """Repeat alone the cases of findings whose event may belong to another request, each with a new object."""
        await self._settle(equipment)
        for finding, batch in guess_batches(self.filing.findings.guesses()):
            if self.filing.enough:
                return
            with equipment.ids.new_for_each():
                await equipment.batches.run_alone(finding, batch)

    async def _settle(self, equipment: Equipment) -> None:
        if self._examines:
            await equipment.batches.wait_for_pending()  # what comes later, those it was found by have shown
        else:
            await equipment.batches.settle()

    async def _examine(self, equipment: Equipment) -> None:
        """Reproduce each finding, and make its request smaller."""
        shared = self._shared
        if shared.options.examine:
            examination = Examination(
                shared.contract,
                testbed=equipment.testbed,
                exchange_runner=equipment.exchange_runner,
                judge=equipment.judge,
                filing=self.filing,
                emitter=shared.emitter,
                interruption=shared.interruption,
                concurrency=shared.options.concurrency,
                ids=equipment.ids,
                restarts=equipment.batches.restarts,
            )
            self._examined |= await examination.run(equipment.batches.controls, self._examined)

    async def _play_last(self, equipment: Equipment) -> None:
        """Play what may take away what other cases need, when what these have shown is examined."""
        if await self._planned.play_last(equipment):
            await self._settle(equipment)
            await self._examine(equipment)

    async def _start_and_stop_alone(self, equipment: Equipment) -> None:
        """Play scenarios last, where there is one process of the target at a time; then it may have to start again."""
        if await self._scenarios.play_alone(equipment) and self.filing.findings.guesses():
            await self._shared.interruption.guard(equipment.testbed.start())
            await self._guesses(equipment)
            await self._settle(equipment)
