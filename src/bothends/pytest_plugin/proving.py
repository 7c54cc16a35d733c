"""Proves one piece of a run on a world and a target that stand for all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.contract.known_file import read_known
from bothends.engine.batch_runner import BatchRunner
from bothends.engine.emitter import Emitter
from bothends.engine.events import InteractionVerified
from bothends.engine.examination import Examination
from bothends.engine.filing import Filing
from bothends.engine.findings import Findings
from bothends.engine.interruption import Interruption
from bothends.engine.known import Known
from bothends.engine.tallies import RunTallies
from bothends.engine.waves import gather
from bothends.errors import TargetError
from bothends.laws import all_laws
from bothends.laws.law import Terrain
from bothends.records import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.engine.waves import Wave
    from bothends.pytest_plugin.tasks import Task
    from bothends.records import Finding, NotProven
    from bothends.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Proof:
    """What proving one piece has come to.

    Attributes:
        findings: What is broken, or to be warned of.
        missing: What was to be shown and was not.
        known: What is broken, and is lived with for now.
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
        self._terrain = Terrain.of(bench.contract)
        self._seen: set[str] = set()
        self._dead = False
        self._spent: TargetError | None = None

    def prove(self, task: Task) -> Proof:
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
            self._dead = False
        try:
            proof = self._bench.run(self._proven(task, examine=False))
            new = {finding.id for finding in proof.errors} - self._seen
            if not new:
                return proof
            self._seen |= new
            again = self._bench.run(self._proven(task, examine=True))
        except TargetError as error:
            self._dead = True
            if self._bench.player.patience.spent:
                self._spent = error
            raise
        return again if again.errors else _flaky(proof)

    async def _proven(self, task: Task, *, examine: bool) -> Proof:
        bench = self._bench
        tallies = RunTallies(bench.contract.operations, bench.contract.document.location)
        findings = Findings(bench.contract.digest, self._known.lived_with, terrain=self._terrain)
        emitter = Emitter(tallies.handle)
        interruption = Interruption()
        filing = Filing(findings, bench.options, bench.seed, emitter)
        batches = BatchRunner(
            bench.contract,
            stage=bench.stage,
            player=bench.player,
            judge=bench.judge,
            filing=filing,
            emitter=emitter,
            interruption=interruption,
        )
        missing: list[NotProven] = []
        for wave in _waves(task, bench):
            await batches.run(wave)
        for part in await task.parts(bench, interruption, missing):
            if isinstance(part, InteractionVerified):
                batches.take_interaction(part)
            else:
                batches.take_scenario(part)
        await batches.settle()
        if examine:
            examination = Examination(
                bench.contract,
                stage=bench.stage,
                player=bench.player,
                filing=filing,
                emitter=emitter,
                interruption=interruption,
                concurrency=bench.options.concurrency,
            )
            await examination.run(batches.controls)
        found = [held.finding for held in findings.held()]
        known = tuple(finding for finding in found if self._known.lived_with(finding))
        others = tuple(finding for finding in found if finding not in known)
        return Proof(others, (*tallies.not_proven(whole=False), *batches.retries.not_proven(), *missing), known)


def _waves(task: Task, bench: Workbench) -> Iterator[Wave]:
    # What succeeds nowhere proves nothing: a good request comes before each piece.
    yield from gather(bench.stage.control(bench.contract))
    yield from task.waves(bench)


def _flaky(proof: Proof) -> Proof:
    """Return the proof, its findings told to be such as do not show again."""
    return replace(proof, findings=tuple(replace(finding, reproduced=False) for finding in proof.findings))
