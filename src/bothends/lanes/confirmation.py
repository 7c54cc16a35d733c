"""Shows each finding of several lanes once more with one: what shows only beside others is no finding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases import plain_cases
from bothends.contract.settings import read_known
from bothends.engine import Examining, FindingSettled, RunFinished, Verification
from bothends.engine.judge import Known
from bothends.engine.play import Batch
from bothends.laws import all_laws

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bothends.contract import Contract
    from bothends.engine import Event, Options
    from bothends.engine.judge import Findings, TrackedFinding

_GOOD = 2
"""Good requests of each operation at once, before findings are examined: they show how events are told apart."""


class Confirmation:
    """Plays what has shown findings, on one target with nothing beside it.

    Attributes:
        confirmed: Whether each finding has shown again; there when it is over.
        kept: The batches that show each finding, by its ID.
    """

    def __init__(self, contract: Contract, options: Options, findings: Findings) -> None:
        """Take what was found.

        Args:
            contract: The contract.
            options: What the caller chose, with the seed of the run.
            findings: What all lanes have found; what examining them comes to is added.
        """
        self.confirmed = True
        self.kept: dict[str, tuple[Batch, ...]] = {}
        self._contract = contract
        self._options = replace(options, live_with_known=False, coverage_threshold=None)
        self._findings = findings
        laws = [law.name for law in all_laws()]
        self._known = Known(read_known(contract.settings, laws) if options.live_with_known else ())
        self._now: Verification | None = None
        self._secrets: tuple[str, ...] = ()
        self._interrupted = False

    def secrets(self) -> tuple[str, ...]:
        """Return what no report may show."""
        return (*self._secrets, *(() if self._now is None else self._now.secrets()))

    def interrupt(self) -> None:
        """Ask for an orderly end."""
        self._interrupted = True
        if self._now is not None:
            self._now.interrupt()

    async def events(self) -> AsyncIterator[Event]:
        """Yield that findings are examined, and what that comes to.

        Raises:
            HarnessError: A replay file can't be written.
        """
        told = [tracked for tracked in self._findings.ranked() if not self._known.lived_with(tracked.finding)]
        if not told:
            return
        examining = self._begun(
            Verification(self._options, self._good(told), contract=self._contract, findings=self._findings)
        )
        async for event in examining.events():
            if isinstance(event, Examining | FindingSettled):
                yield event
        self.kept |= examining.kept
        settled = {finding.id: finding.reproduced for finding in self._findings.settled}
        for tracked in told:
            if self._interrupted:
                return
            if not settled.get(tracked.finding.id) and not await self._shows(tracked):
                self.confirmed = False
                return

    def _begun(self, verification: Verification) -> Verification:
        self._secrets = self.secrets()
        self._now = verification
        return verification

    def _good(self, told: Sequence[TrackedFinding]) -> list[Batch]:
        """Return good requests of the operations that findings are about."""
        asked = {tracked.finding.case.operation for tracked in told}
        first = {case.operation: case for case in reversed(list(plain_cases(self._contract, "success")))}
        return [Batch((), (first[name],) * _GOOD) for name in first if name in asked] or [Batch((), ())]

    async def _shows(self, tracked: TrackedFinding) -> bool:
        """Return whether a finding shows on a target that is started for it."""
        name = tracked.finding.id
        if tracked.only:
            again = Verification(replace(self._options, only=tracked.only), contract=self._contract, replayed=name)
        else:
            again = Verification(self._options, tracked.whole, contract=self._contract, replayed=name)
        shown = False
        async for event in self._begun(again).events():
            if isinstance(event, RunFinished):
                shown = event.summary.replay is not None and event.summary.replay.reproduced
        return shown
