"""A run, from top to bottom: `Runner.run` says in order what is done.

Each step emits its events into one place, the emitter. Who counts (tallies, coverage, progress) listens there, as
reports do. No step hands on the events of another.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases import GeneratorChecks, warm_up
from bothends.engine.control import Outcome
from bothends.engine.events import ExchangeJudged, LeftOut, RunFinished, RunStarted
from bothends.engine.evidence import Facts
from bothends.engine.judge import guess_batches, judge_for
from bothends.engine.play import (
    LIMITS,
    Batch,
    ExchangeRunner,
    Keyable,
    KnownIds,
    OwnKeys,
    Place,
    batches_of,
    grouped,
    waiting_beside,
)
from bothends.engine.run.batch_runner import BatchRunner
from bothends.engine.run.dealing import Dealer
from bothends.engine.run.drawing import Drawing
from bothends.engine.run.examine import REPEATS, Examination
from bothends.engine.run.filing import Filing
from bothends.engine.run.progress import ProgressMeter
from bothends.engine.run.results import AFTERMATH, left_out_of
from bothends.engine.testbed import open_testbed, target_settings
from bothends.engine.tie import Attributed, told, without_queues
from bothends.errors import HarnessError, MachineError
from bothends.records import ReplayOutcome, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.contract import Contract
    from bothends.engine.control import Interruption
    from bothends.engine.emitter import Emitter
    from bothends.engine.events import Event
    from bothends.engine.evidence import Evidence
    from bothends.engine.judge import Findings, Judge, Known
    from bothends.engine.lifecycle import LifecyclePhase, Scenario
    from bothends.engine.options import Options
    from bothends.engine.pacts import Chosen, PactPhase, PactSelection
    from bothends.engine.play import Meeting
    from bothends.engine.run.work import Work
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Exchange


ALONE_SECONDS = 1.0
"""How long the first batch has the machine to itself, at most: before that, nothing begins beside the cases."""


class Runner:
    """Does the work of one run on one target, or of a part of it.

    Attributes:
        evidence: What it has seen.
        facts: What else it has come to; there when it is over.
        dealer: Says what of the plan is this part's.
        filing: What it has found, and what shows that.
        notes: What else the summary says.
    """

    facts: Facts

    _testbed: TestBed
    _exchange_runner: ExchangeRunner
    _judge: Judge
    _batches: BatchRunner
    _ids: KnownIds
    _generated: Iterable[Case]

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
        self._meeting = meeting
        self._examines = examines
        self._contract = contract
        self._options = options
        self._work = work
        self._seed = seed
        self._findings = findings
        self._known = known
        self._emitter = emitter
        self._interruption = interruption
        self.filing = self._filing = Filing(findings, options, seed, emitter)
        self.evidence = evidence
        self.dealer = Dealer(options.shard)
        self.dealer.expect(generated=self._about_generated, interactions=self._about_interactions)
        self._progress = ProgressMeter(emitter.emit)
        emitter.listeners += [self.evidence.handle, self._progress.handle]
        self._own_keys = OwnKeys(contract, seed)
        self._checks = GeneratorChecks(contract)
        self._outcome = Outcome()
        self.notes: list[str] = []
        self._pacts: PactPhase | None = None
        self._lifecycle: LifecyclePhase | None = None
        self._later: tuple[Scenario, ...] = ()
        self._unplayed: deque[Batch] = deque()
        self._made: asyncio.Task[None] | None = None
        self._drawing = Drawing()
        self._first = asyncio.Event()
        self._waits = asyncio.Event()
        self._tries = 0
        self._began = self._summed_up = False
        self._begun = 0.0
        self._log: tuple[str, ...] = ()
        self._secrets: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no report may show: each start of the target may yield others."""
        of_scenarios = () if self._lifecycle is None else sorted(self._lifecycle.secrets)
        return (*self._secrets, *of_scenarios)

    async def run(self) -> None:
        """Make the run: the last event is always `RunFinished`, whatever ended it.

        Raises:
            ContractError: A name or a case that the call asks for is not there; nothing is summed up.
            HarnessError: What was set up can't be cleared, when all is told.
        """
        self._begun = asyncio.get_running_loop().time()
        with self._outcome.caught(self._options.state_folder):
            async with AsyncExitStack() as stack:
                await self._start_world_and_target(stack)
                self._announce()
                await self._meet_other_lanes()
                await self._begin_beside(stack)
                await self._learn_keys()
                await self._replay()
                await self._control()
                await self._plain_batches()
                await self._generated_batches()
                await self._interactions()
                await self._start_and_stop()
                await self._guesses()
                await self._try_other_values()
                await self._settle()
                await self._examine()
                await self._start_and_stop_alone()
                self._tell_all()
        self._tell_what_failed()

    async def _start_world_and_target(self, stack: AsyncExitStack) -> None:
        """Start the world, then the target; both are stopped in the end, and the end of the target's log is taken."""
        # Who meets others has nothing to do then: meanwhile, their targets start.
        now = self._meeting is None or self.dealer.is_first
        stack.callback(self._drawing.end)
        meanwhile = (lambda: self._drawing.done(self._warm_up)) if now else None
        on = open_testbed(self._contract, self._options, self._seed, self._interruption, meanwhile=meanwhile)
        self._testbed = await stack.enter_async_context(on)
        stack.callback(self._take_log)
        self._secrets = self._testbed.world.secrets()
        self._judge = judge_for(self._contract, self._testbed, self._checks)
        self._exchange_runner = ExchangeRunner(
            self._testbed,
            self._options.concurrency,
            self._contract.operations,
            own_keys=self._own_keys,
        )
        self._judge.certainty = self._exchange_runner.tying.certainty
        self._batches = BatchRunner(
            self._contract,
            testbed=self._testbed,
            exchange_runner=self._exchange_runner,
            judge=self._judge,
            filing=self._filing,
            emitter=self._emitter,
            interruption=self._interruption,
        )
        stack.callback(self._batches.results.let_go)
        # Objects are made before the batches that need them.
        self._ids = KnownIds(
            self._contract,
            self._testbed.clock.now,
            reads_only=self._work.reads_only,
            counts=self.evidence.counts,
        )
        self._exchange_runner.sender.ids = self._ids
        self._began = True

    def _announce(self) -> None:
        settings = target_settings(self._contract, self._options)
        self._emitter.emit(
            RunStarted(
                seed=self._seed,
                spec=str(self._contract.settings.spec),
                operations=tuple(f"{o.method} {o.path}" for o in self._contract.operations),
                target=self._testbed.target.base_url,
                launched=() if settings.url is not None else settings.command,
            )
        )
        scenarios = len(self._work.scenarios)
        share = self.dealer.share(
            generated=self._about_generated, interactions=self._about_interactions, scenarios=scenarios
        )
        self._progress.expect(**share)

    @property
    def _about_generated(self) -> int:
        return 0 if self._work.plan is None else self._work.plan.about_generated()

    @property
    def _about_interactions(self) -> int:
        return 0 if self._work.pacts is None else sum(len(chosen.interactions) for chosen in self._work.pacts.pacts)

    async def _meet_other_lanes(self) -> None:
        if self._meeting is not None:
            base_url = self._testbed.target.base_url
            place = Place(
                self._contract,
                self._testbed.world,
                base_url,
                self._batches.prepare_good,
                self._ids,
                self._warm_up,
                self._breaks,
            )
            await self._interruption.guard(self._meeting(place))

    def _warm_up(self) -> None:
        """Do what is needed soon: make the plain cases, load the generator where answers to its cases are checked."""
        if self._work.plan is not None:
            self._work.plan.prepare()
        if self._work.generated and self.dealer.has_generated:
            warm_up()

    def _breaks(self, exchanges: Sequence[Exchange]) -> bool:
        trial = self._judge.trial(Attributed(tuple(exchanges)), self._exchange_runner.tying.calls)
        return any(breach.severity is Severity.ERROR for breach in trial)

    async def _begin_beside(self, stack: AsyncExitStack) -> None:
        """Begin with what goes on beside the plain batches: scenarios, and the making of generated cases.

        Where there is one process of the target at a time, scenarios wait until the others have been played.
        """
        scenarios = tuple(self.dealer.scenarios(self._work.scenarios, lambda scenario: scenario.name))
        first = None if self._work.plan is None else self._first_over if self._has_company else self._first_waits
        if scenarios:
            from bothends.engine.lifecycle import LifecyclePhase  # noqa: PLC0415 -- loaded where there are some

            args = self._contract, self._options, self._seed, self._interruption, self._judge, self._testbed.lock
            self._lifecycle = LifecyclePhase(*args)
            if self._testbed.lock is None:
                await stack.enter_async_context(self._lifecycle.begun(scenarios, first))
            else:
                self._later = scenarios
        if self._work.plan is not None:
            self._made = await stack.enter_async_context(self._work.plan.made_beside(first))

    @property
    def _has_company(self) -> bool:
        """Whether other parts of the plan are played on this machine at the same time, as far as anyone knows."""
        return self._meeting is not None or not self.dealer.is_whole

    async def _first_over(self) -> None:
        """Wait until a first batch is over, or for a second: what the success path shows is told as soon as can be."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._first.wait(), ALONE_SECONDS)

    async def _first_waits(self) -> None:
        """Wait until the run mostly waits: a target that is started keeps a processor busy, which none needs then."""
        await self._first_over()
        await self._waits.wait()

    async def _learn_keys(self) -> None:
        """Send requests one at a time, each with values of its own, and see which of these its events repeat.

        Only of operations whose events name no caller, where several requests are to run at once.
        """
        crowds = [batch for batch in self._work.batches if len(batch.cases) > 1 and batch.concurrency != 1]
        if (self._work.batches and not crowds) or (not self._work.batches and self._work.plan is None):
            return
        asked = {case.operation for batch in crowds for case in batch.cases} or {
            o.id for o in self._contract.operations
        }
        seen: dict[int, Exchange] = {}

        def note(event: Event) -> None:
            if isinstance(event, ExchangeJudged):
                seen[event.exchange.number] = event.exchange

        self._emitter.listeners.append(note)
        try:
            silent: set[str] = set()
            for case in self._own_keys.probes(asked):
                if self._enough():
                    return
                if case.operation not in silent:
                    before = self._exchange_runner.sender.exchanges
                    seen |= await self._run_for_all(Batch((), (case,), concurrency=1))
                    came = any(number > before and exchange.declared for number, exchange in seen.items())
                    silent |= set() if came else {case.operation}
        finally:
            self._emitter.listeners.remove(note)
        self._own_keys.learn(exchange for exchange in seen.values() if not exchange.guessed)

    async def _run_for_all(self, batch: Batch) -> dict[int, Exchange]:
        """Run what each part of the plan must see for itself, and the first counts; return what is counted by none."""
        if self.dealer.is_first:
            await self._batches.run(batch)
            await self._batches.wait_for_pending()
            return {}
        return {exchange.number: exchange for exchange in await self._batches.prepare_good(batch)}

    async def _replay(self) -> None:
        """Play what has shown a finding, and once more after a good request where it does not show at once.

        The target that showed it had a past. One that was just launched has none: nothing is stale in an empty cache.
        And what shows only when several are under way at once need not show each time.
        """
        batches = self._work.batches
        if not batches:
            return
        # The caller follows from the number of an exchange, and some bugs are about a caller's name.
        self._exchange_runner.sender.count_from(self._work.before)
        await self._play_again(batches)
        if self._settled():
            return
        await self._interruption.guard(asyncio.sleep(LIMITS.settle))
        await self._batches.run(AFTERMATH)  # it shows what came late
        if self._settled():
            return
        for batch in self._gathered(self._testbed.control(self._contract)):
            await self._batches.run(batch)
        crowded = any(len(batch.cases) > 1 and batch.concurrency != 1 for batch in batches)
        for _ in range(REPEATS if crowded else 1):
            await self._play_again(batches)
            if self._settled():
                return

    async def _play_again(self, batches: Iterable[Batch]) -> None:
        self._tries += 1
        for batch in batches:
            if self._enough():
                return
            await self._batches.run(batch)
        await self._batches.wait_for_pending()

    def _settled(self) -> bool:
        """Whether the finding that is replayed has shown; or none is, or a past can't be made up for."""
        return not self._work.launched or not self._work.replayed or self._replayed_found() or self._enough()

    def _replayed_found(self) -> bool:
        return any(tracked.finding.id == self._work.replayed for tracked in self._findings.ranked())

    async def _control(self) -> None:
        """Send a good request before cases that were chosen: what succeeds nowhere proves nothing.

        Its events show how late events are: a fault that is over before they come would never be met.
        """
        if not self._work.whole and not self._work.batches:
            for batch in self._gathered(self._testbed.control(self._contract)):
                await self._run_for_all(batch)

    async def _plain_batches(self) -> None:
        if self._work.plan is not None:
            plain, self._generated = self._work.plan.parts()
            gathered = self.dealer.batches(self._gathered(plain))
            dealt = await self._interruption.guard(self._drawing.done(lambda: tuple(gathered)))
            self._progress.begin_plain([batch for batch, own in dealt if own])
            if not any(batch.waits for batch, own in dealt if own):
                self._waits.set()
            self._unplayed = deque(batch for batch, own in dealt if own)
            for batch, own in dealt:
                if self._enough():
                    break
                await self._run_dealt(batch, own=own)
                if own:
                    self._unplayed.popleft()
            else:
                self.dealer.dealt += 1
            self._waits.set()

    async def _generated_batches(self) -> None:
        if self._work.plan is not None and not self._enough():
            if self._made is not None:
                await self._interruption.guard(_over(self._made))
            self._progress.begin_generated()
            drawn = self.dealer.generated(self._gathered(self._generated))
            while (dealt := await self._interruption.guard(self._drawing.next_of(drawn))) is not None:
                if self._enough():
                    return
                [(batch, own)] = dealt
                await self._run_dealt(batch, own=own)
            self.dealer.dealt += 1

    async def _interactions(self) -> None:
        """Verify the pacts, one interaction after the other."""
        chosen = () if self._work.pacts is None else self._dealt_pacts(self._work.pacts)
        if not chosen or self._enough():
            return
        from bothends.engine.pacts import PactPhase  # noqa: PLC0415 -- Pact's library is loaded for pacts only

        self._progress.begin_interactions()
        self._tries += bool(self._work.replayed)
        self._pacts = PactPhase(self._contract, self._testbed, self._exchange_runner, self._interruption)
        async with self._pacts.begun(chosen) as trials:
            for trial in trials:
                if self._enough():
                    return
                self._batches.results.take_interaction(await self._pacts.verify(trial))
                await self._emitter.taken()

    def _dealt_pacts(self, pacts: PactSelection) -> tuple[Chosen, ...]:
        """Return the pacts, each with those of its interactions that are this part's."""
        own = self.dealer.interactions
        return tuple(
            replace(one, interactions=tuple(own(one.interactions, lambda pair: pair[1].label))) for one in pacts.pacts
        )

    async def _start_and_stop(self) -> None:
        """Take what came of the scenarios of starting and stopping, which were played beside all this."""
        if self._lifecycle is not None and self._lifecycle.scenarios:
            await self._take_scenarios(self._lifecycle)

    async def _start_and_stop_alone(self) -> None:
        """Play these scenarios last, where there is one process of the target at a time: it is stopped for them."""
        if self._lifecycle is None or not self._later or self._enough():
            return
        async with self._testbed.aside(), self._lifecycle.begun(self._later):
            await self._take_scenarios(self._lifecycle)
        if self._findings.guesses():
            self._ids.forget()
            await self._interruption.guard(self._testbed.start())
            await self._guesses()
            await self._settle()

    async def _take_scenarios(self, lifecycle: LifecyclePhase) -> None:
        self._progress.begin_scenarios()
        self._tries += bool(self._work.replayed)
        for scenario in lifecycle.scenarios:
            if self._enough():
                return
            self._batches.results.take_scenario(await lifecycle.outcome(scenario))
            await self._emitter.taken()

    async def _guesses(self) -> None:
        """Repeat alone the cases of findings whose event may belong to another request, each with a new object."""
        await self._settle()
        for finding, batch in guess_batches(self._findings.guesses()):
            if self._enough():
                return
            with self._ids.new_for_each():
                await self._batches.run_alone(finding, batch)

    async def _try_other_values(self) -> None:
        """Try what decides whether only values that the contract shows are taken, where it looks so."""
        if not self._enough() and self._work.plan is not None:
            probes = self.evidence.known_values.probes(self._batches.controls)
            await self._run_all(Batch((), (case,), concurrency=1) for case in probes)

    async def _settle(self) -> None:
        if self._examines:
            await self._batches.wait_for_pending()  # what comes later, those it was found by have shown
        else:
            await self._batches.settle()

    async def _examine(self) -> None:
        """Reproduce each finding, and make its request smaller."""
        if self._options.examine:
            examination = Examination(
                self._contract,
                testbed=self._testbed,
                exchange_runner=self._exchange_runner,
                filing=self._filing,
                emitter=self._emitter,
                interruption=self._interruption,
                concurrency=self._options.concurrency,
                ids=self._ids,
                restarts=self._batches.restarts,
            )
            await examination.run(self._batches.controls)

    def _tell_all(self) -> None:
        """Sum up what was seen: who reads it need not wait until the target has ended."""
        self._batches.results.let_go()
        self._take_log()
        self._sum_up()

    def _tell_what_failed(self) -> None:
        """Sum up what was seen before the run was ended by something else than its last step.

        Raises:
            HarnessError: What was set up can't be cleared, when all is told.
        """
        if not self._summed_up:
            self._sum_up()
        elif self._outcome.harness_failure:
            raise (MachineError if self._outcome.by_machine else HarnessError)(self._outcome.harness_failure)

    def _sum_up(self) -> None:
        if self._began and self._outcome.target_failure:
            for left_out in left_out_of([case for batch in self._unplayed for case in batch.cases]):
                self._emitter.emit(left_out)
            if self._progress.left_behind:
                self._emitter.emit(LeftOut(self._progress.left_behind, ()))
        self.facts = self._facts(asyncio.get_running_loop().time() - self._begun)
        summary = self.evidence.summary(
            self.facts,
            self._findings,
            self._known,
            threshold=self._options.coverage_threshold,
            replay=self._replay_outcome(),
            batches=bool(self._work.batches),
        )
        if self._began:
            told.write(self._options.run_folder, self._exchange_runner.tying.certainty, summary.findings)
        self._emitter.emit(RunFinished(summary))
        self._summed_up = True

    def _facts(self, seconds: float) -> Facts:
        outcome = self._outcome
        parts = (self._work.pacts, self._pacts, self._lifecycle)
        unmade = () if self._work.plan is None else self._work.plan.unmade
        gone = self._batches.restarts.not_proven if self._began else ()
        return Facts(
            seed=self._seed,
            seconds=seconds,
            whole=self._work.whole,
            reads_only=self._work.reads_only,
            began=self._began,
            enough=self._enough(),
            target_failure=outcome.target_failure,
            harness_failure=outcome.harness_failure,
            by_machine=outcome.by_machine,
            interrupted=outcome.interrupted,
            untried=outcome.interrupted and self._options.examine,
            log=self._log,
            laws=self._judge.tallies() if self._began else (),
            unjudged=self._judge.unjudged() if self._began else (),
            pacts=self._pacts.tallies() if self._pacts is not None else (),
            called=self._exchange_runner.tying.called if self._began else frozenset(),
            unexplained=self._exchange_runner.tying.unexplained if self._began else 0,
            busy=tuple(self._batches.results.retries.unknown) if self._began else (),
            not_proven=(
                *(item for part in parts if part is not None for item in part.not_proven),
                *unmade,
                *gone,
                *(self._batches.results.not_proven() if self._began else ()),
                *(self._batches.results.clock_steps.not_proven() if self._began else ()),
                *(self._batches.results.leftovers.not_proven() if self._began else ()),
            ),
            beside=self._batches.keying.told if self._began else (),
            notes=(
                *self.notes,
                *(self._work.pacts.notes if self._work.pacts is not None else ()),
                *self._own_keys.notes(),
                *(self._batches.results.clock_steps.notes() if self._began else ()),
            ),
        )

    @property
    def plan(self) -> str:
        """What tells the plan from others; empty: it was not gone through to its end."""
        lists = 0 if self._work.plan is None else 2  # plain and generated
        return "" if self.facts.cut or self.facts.enough or self.dealer.dealt < lists else self.dealer.digest

    @property
    def reads_only(self) -> bool:
        """Whether only what reads is sent."""
        return self._work.reads_only

    def _replay_outcome(self) -> ReplayOutcome | None:
        if not self._work.replayed:
            return None
        return ReplayOutcome(self._work.replayed, self._tries, self._replayed_found())

    def _enough(self) -> bool:
        """Whether the first error was to end the run, and is found."""
        return self._options.fail_fast and self._findings.broken

    def _gathered(self, cases: Iterable[Case]) -> Iterable[Batch]:
        keyable = Keyable(self._contract)
        batches = batches_of(without_queues(cases, self._own_keys.singly))
        return grouped(waiting_beside(batches, keyable.wait), keyable.fault)

    async def _run_dealt(self, batch: Batch, *, own: bool) -> None:
        """Run a batch of the plan's that is this part's, or pass over it."""
        if not own:
            self._batches.pass_over(batch)
            return
        if not self.dealer.is_whole:
            await self._batches.prepare_for(batch)
        await self._run_all([batch])

    async def _run_all(self, batches: Iterable[Batch]) -> None:
        for batch in batches:
            if self._enough():
                return
            if batch.waits:
                self._waits.set()
            await self._batches.run(batch)
            self._first.set()
            if self._options.fail_fast:
                await self._batches.wait_for_pending()

    def _take_log(self) -> None:
        self._log = tuple(self._testbed.target.log_tail())


async def _over(made: asyncio.Task[None]) -> None:
    await asyncio.shield(made)
