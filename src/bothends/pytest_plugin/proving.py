"""Proves one piece of a run on a world and a target that stand for all of them."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from bothends.contract.known_file import read_known
from bothends.engine.findings import Findings
from bothends.engine.interruption import Interruption
from bothends.engine.known import Known
from bothends.engine.ledger import Ledger
from bothends.engine.retries import Excuses, Retries
from bothends.engine.run import Run
from bothends.engine.waves import gather
from bothends.errors import TargetError
from bothends.laws import all_laws
from bothends.laws.situation import Terrain
from bothends.records import Severity

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bothends.engine.events import Event
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
        ledger = Ledger(bench.contract.operations)
        findings = Findings(bench.contract.digest, self._known.lived_with, terrain=self._terrain)
        interruption = Interruption()
        retries = Retries(Excuses(bench.contract, bench.stage.machine))
        run = Run(
            bench.contract,
            replace(bench.options, examine=examine),
            stage=bench.stage,
            player=bench.player,
            judge=bench.judge,
            ledger=ledger,
            retries=retries,
            findings=findings,
            interruption=interruption,
        )
        missing: list[NotProven] = []
        parts = task.parts(bench, interruption, missing)
        events = cast("AsyncGenerator[Event, None]", run.events(_waves(task, bench), parts, whole=False))
        async with aclosing(events):
            async for _ in events:
                pass
        found = [held.finding for held in findings.held()]
        known = tuple(finding for finding in found if self._known.lived_with(finding))
        others = tuple(finding for finding in found if finding not in known)
        return Proof(others, (*ledger.not_proven(whole=False), *retries.not_proven(), *missing), known)


async def _waves(task: Task, bench: Workbench) -> AsyncGenerator[Wave, None]:
    # What succeeds nowhere proves nothing: a good request comes before each piece.
    for wave in gather(bench.stage.control(bench.contract), bench.stage.states_of):
        yield wave
    for wave in task.waves(bench):
        yield wave


def _flaky(proof: Proof) -> Proof:
    """Return the proof, its findings told to be such as do not show again."""
    return replace(proof, findings=tuple(replace(finding, reproduced=False) for finding in proof.findings))
