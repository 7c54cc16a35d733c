"""Files what is broken: each breach goes to its finding, and each new finding gets a replay file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.events import FindingFound
from bothends.engine.judge import replay_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.engine.emitter import Emitter
    from bothends.engine.judge import Findings
    from bothends.engine.options import Options
    from bothends.engine.play import Batch
    from bothends.records import Breach


class Filing:
    """Puts breaches into findings, and keeps what it takes to see each again.

    Attributes:
        findings: Where they are gathered.
        kept: The batches that show each finding, by its ID.
    """

    def __init__(self, findings: Findings, options: Options, seed: int, emitter: Emitter) -> None:
        """Take where findings are gathered."""
        self.findings = findings
        self.kept: dict[str, tuple[Batch, ...]] = {}
        self._options = options
        self._seed = seed
        self._emitter = emitter

    @property
    def enough(self) -> bool:
        """Whether the first error was to end the run, and is found."""
        return self._options.fail_fast and self.findings.broken

    def add(self, breaches: Iterable[Breach], batch: Batch, only: str = "", before: Iterable[Batch] = ()) -> None:
        """Take breaches.

        Args:
            breaches: What was broken.
            batch: What showed it; of what came when all was over, it has no cases.
            only: What `--only` would be told to see it again, where it takes more than batches; else empty.
            before: What was played before.

        Raises:
            MachineError: A replay file can't be written.
        """
        for known in self.findings.now_known():
            if known.finding.replayable:
                self.keep(
                    known.finding.id, known.finding.breach, (*known.batch.prelude, *known.batch.steps), known.only
                )
            self._emitter.emit(FindingFound(known.finding))
        for breach in breaches:
            taken = self.findings.take(breach, batch, only, before)
            if taken.filed:
                self.keep(taken.instance.id, breach, (*batch.prelude, *batch.steps), only)
            if taken.finding is not None:
                self._emitter.emit(FindingFound(taken.finding))

    def keep(self, finding_id: str, breach: Breach, batches: tuple[Batch, ...], only: str = "") -> None:
        """Write what it takes to see a finding again; a replay leaves what is there of others, for reports to show."""
        self.kept[finding_id] = batches
        if self.findings.replayed and replay_file.path_of(self._options.run_folder, finding_id).exists():
            return
        replay = replay_file.of(finding_id, breach, batches, options=self._options, seed=self._seed, only=only)
        replay_file.write(self._options.run_folder, replay)
