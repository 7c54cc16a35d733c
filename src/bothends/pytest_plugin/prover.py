"""Proves one piece of a run on a world and a target that stand for all of them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, cast

from bothends.cases import plan
from bothends.contract.settings import read_known
from bothends.engine import Counts, Emitter, InteractionVerified, Interruption
from bothends.engine.evidence import tallies
from bothends.engine.judge import Findings, Known
from bothends.engine.lifecycle import QUICK, SCENARIOS, LifecyclePhase
from bothends.engine.pacts import Chosen, PactSelection
from bothends.engine.play import KnownIds, batches_of
from bothends.engine.run import BatchRunner, Examination, Filing
from bothends.errors import TargetError
from bothends.laws import FindingContext, all_laws
from bothends.records import Severity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from bothends.cases import Profile
    from bothends.engine import ScenarioPlayed
    from bothends.engine.lifecycle import Scenario
    from bothends.engine.play import Batch
    from bothends.pacts import Interaction, Pact
    from bothends.records import Case, Finding, NotProven
    from bothends.workbench import Workbench

    Parts = Sequence[InteractionVerified | ScenarioPlayed]


@dataclass(frozen=True, slots=True)
class Proof:
    """What proving one piece has come to.

    Attributes:
        findings: What is broken, or to be warned of.
        missing: What was to be shown and was not.
        known: What is broken, and accepted for now.
    """

    findings: tuple[Finding, ...]
    missing: tuple[NotProven, ...]
    known: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that break the contract."""
        return tuple(f for f in self.findings if f.breach.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that may stand."""
        return tuple(f for f in self.findings if f.breach.severity is Severity.WARNING)


class Prover:
    """Plays one piece after another, each as a run of its own would: after a good request, judged by all laws."""

    def __init__(self, bench: Workbench) -> None:
        """Take a workbench that is open."""
        self._bench = bench
        self._known = Known(read_known(bench.contract.settings, [law.name for law in all_laws()]))
        self._finding_context = FindingContext.of(bench.contract)
        self._seen: set[str] = set()
        self._dead = False
        self._ids = _no_ids(bench)
        self._spent: TargetError | None = None

    def prove(self, work_item: WorkItem) -> Proof:
        """Prove one piece. What breaks a law in a way that is new is run once more, and made smaller.

        Raises:
            ContractError: Pact's library can't read an interaction.
            HarnessError: The world or the library failed.
            TargetError: The target has ended by itself, or could not be started again after it had; or it was
                waited for long enough.
        """
        if self._spent is not None:
            raise self._spent
        if self._dead:
            self._bench.restart()
            self.started_anew()
        try:
            proof = self._bench.opened.run(self._proven(work_item, examine=False))
            new = {finding.id for finding in proof.errors} - self._seen
            if not new:
                return proof
            self._seen |= new
            again = self._bench.opened.run(self._proven(work_item, examine=True))
        except TargetError as error:
            self._dead = True
            if self._bench.opened.exchange_runner.timeout_budget.spent:
                self._spent = error
            raise
        return again if again.errors else _flaky(proof)

    def started_anew(self) -> None:
        """Note that the target was started again: what was made on it may be gone."""
        self._dead = False
        self._ids = _no_ids(self._bench)

    async def _proven(self, work_item: WorkItem, *, examine: bool) -> Proof:
        bench = self._bench
        counts, operations = Counts(), {operation.id: operation for operation in bench.contract.operations}
        findings = Findings(self._known.accepts, finding_context=self._finding_context)
        emitter = Emitter(partial(tallies.handle, counts, operations))
        interruption = Interruption()
        filing = Filing(findings, bench.options, bench.seed, emitter)
        batches = BatchRunner(
            bench.contract,
            testbed=bench.opened.testbed,
            exchange_runner=bench.opened.exchange_runner,
            judge=bench.opened.judge,
            filing=filing,
            emitter=emitter,
            interruption=interruption,
        )
        bench.opened.exchange_runner.sender.ids = self._ids
        bench.opened.judge.used_up = self._ids.refused_for_state
        missing: list[NotProven] = []
        for batch in _batches(work_item, bench):
            await batches.run(batch)
        for part in await work_item.parts(bench, interruption, missing):
            if isinstance(part, InteractionVerified):
                batches.results.take_interaction(part)
            else:
                batches.results.take_scenario(part)
        await batches.settle()
        if examine:
            examination = Examination(
                bench.contract,
                testbed=bench.opened.testbed,
                exchange_runner=bench.opened.exchange_runner,
                judge=bench.opened.judge,
                filing=filing,
                emitter=emitter,
                interruption=interruption,
                concurrency=bench.options.concurrency,
                ids=self._ids,
                restarts=batches.restarts,
            )
            await examination.run(batches.controls)
        found = [tracked.finding for tracked in findings.ranked()]
        known = tuple(finding for finding in found if self._known.lived_with(finding))
        others = tuple(finding for finding in found if finding not in known)
        return Proof(
            others,
            (
                *tallies.not_proven(counts, bench.contract, whole=False),
                *batches.results.retries.not_proven(),
                *batches.restarts.not_proven,
                *missing,
            ),
            known,
        )


def _no_ids(bench: Workbench) -> KnownIds:
    """Return that no object of the target is known so far."""
    testbed = bench.opened.testbed
    return KnownIds(bench.contract, testbed.clock.now, starts=testbed.starts, testbed=testbed)


def _batches(work_item: WorkItem, bench: Workbench) -> Iterator[Batch]:
    # What succeeds nowhere proves nothing: a good request comes before each piece.
    yield from batches_of(bench.opened.testbed.control(bench.contract))
    yield from work_item.batches(bench)


def _flaky(proof: Proof) -> Proof:
    """Return the proof, its findings told to be such as do not show again."""
    return replace(proof, findings=tuple(replace(finding, reproduced=False) for finding in proof.findings))


# What there is to prove, each piece with a name: the cases of families, the interactions of pacts, the scenarios.


class WorkItem(Protocol):
    """One piece of a run, that can be proven alone."""

    @property
    def label(self) -> str:
        """What a person calls it: `family/case`, as for `--only`."""
        ...

    def batches(self, bench: Workbench) -> list[Batch]:
        """Return what is played."""
        ...

    async def parts(self, bench: Workbench, interruption: Interruption, missing: list[NotProven]) -> Parts:
        """Return what was verified otherwise; what could not be is added to `missing`."""
        ...


@dataclass(frozen=True, slots=True)
class CaseWorkItem:
    """A case of a family."""

    case: Case

    @property
    def label(self) -> str:
        """`family/case`."""
        return self.case.label

    def batches(self, _bench: Workbench) -> list[Batch]:
        """Return the case's batch."""
        return list(batches_of([self.case]))

    async def parts(self, _bench: Workbench, _interruption: Interruption, _missing: list[NotProven]) -> Parts:
        """Return nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class InteractionWorkItem:
    """An interaction of a pact."""

    pact: Pact
    interaction: Interaction
    case: Case

    @property
    def label(self) -> str:
        """`pact/FILE/DESCRIPTION`."""
        return self.case.label

    def batches(self, _bench: Workbench) -> list[Batch]:
        """Return nothing."""
        return []

    async def parts(self, bench: Workbench, interruption: Interruption, missing: list[NotProven]) -> Parts:
        """Verify it."""
        from bothends.engine.pacts import PactPhase  # noqa: PLC0415 -- Pact's library is loaded for pacts only

        phase = PactPhase(bench.contract, bench.opened.testbed, bench.opened.exchange_runner, interruption)
        async with phase.begun([Chosen(self.pact, ((self.interaction, self.case),))]) as trials:
            verified = [await phase.verify(trial) for trial in trials]
        missing.extend(phase.not_proven)
        return verified


@dataclass(frozen=True, slots=True)
class ScenarioWorkItem:
    """A way in which a launched target starts and ends; it has a world and a target of its own."""

    scenario: Scenario

    @property
    def label(self) -> str:
        """`start-and-stop/NAME`."""
        return f"start-and-stop/{self.scenario.name}"

    def batches(self, _bench: Workbench) -> list[Batch]:
        """Return nothing."""
        return []

    async def parts(self, bench: Workbench, interruption: Interruption, missing: list[NotProven]) -> Parts:
        """Play it."""
        lock = bench.opened.testbed.lock
        phase = LifecyclePhase(bench.contract, bench.options, bench.seed, interruption, bench.opened.judge, lock)
        async with contextlib.nullcontext() if lock is None else _aside(bench), phase.begun([self.scenario]):
            played = [await phase.outcome(scenario) for scenario in phase.scenarios]
        missing.extend(phase.not_proven)
        return played


@contextlib.asynccontextmanager
async def _aside(bench: Workbench) -> AsyncIterator[None]:
    """Stop the target for a scenario, as there is one process of it at a time; then start it again."""
    async with bench.opened.testbed.aside():
        yield
    await bench.opened.testbed.start()


@dataclass(frozen=True, slots=True)
class MissingWorkItem:
    """What can't even be tried: a pact without interactions."""

    missing: NotProven

    @property
    def label(self) -> str:
        """`pact/FILE`, or what else it is."""
        return self.missing.what.replace(" ", "/", 1)

    def batches(self, _bench: Workbench) -> list[Batch]:
        """Return nothing."""
        return []

    async def parts(self, _bench: Workbench, _interruption: Interruption, missing: list[NotProven]) -> Parts:
        """Return nothing, and say what is missing."""
        missing.append(self.missing)
        return ()


def work_items(bench: Workbench, *, max_examples: int | None, profile: str, launched: bool) -> Iterator[WorkItem]:
    """Yield all that a run proves, in the order in which it would.

    Args:
        bench: Has the contract and the seed; need not be open.
        max_examples: How many fuzzed cases; None: the profile's number.
        profile: `quick` or `default`.
        launched: Whether the target is launched: only then it can be started and ended.

    Raises:
        ContractError: The contract is wrong.
        HarnessError: The cases can't be kept.
    """
    contract, options = bench.contract, bench.options
    cases = plan(
        contract,
        seed=bench.seed,
        max_examples=max_examples,
        profile=cast("Profile", profile),
        cache_folder=options.cases_folder,
    )
    yield from map(CaseWorkItem, cases)
    pacts = PactSelection(contract, None)
    for chosen in pacts.pacts:
        yield from (InteractionWorkItem(chosen.pact, interaction, case) for interaction, case in chosen.interactions)
    yield from map(MissingWorkItem, pacts.not_proven)
    if launched:
        yield from map(ScenarioWorkItem, scenarios(profile))


def scenarios(profile: str) -> Sequence[Scenario]:
    """Return the scenarios of a profile."""
    return QUICK if profile == "quick" else SCENARIOS
