"""Files what is broken: each breach goes to its finding, and each new finding gets a replay file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.events import FindingFound
from bothends.engine.replay_file import Replay, target_of, write
from bothends.laws import cause_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.engine.emitter import Emitter
    from bothends.engine.findings import Findings
    from bothends.engine.options import Options
    from bothends.engine.waves import Wave
    from bothends.records import Breach


class Filing:
    """Puts breaches into findings, and keeps what it takes to see each again."""

    def __init__(self, findings: Findings, options: Options, seed: int, emitter: Emitter) -> None:
        """Take where findings are gathered.

        Args:
            findings: Of the run.
            options: Name the target and the folder.
            seed: The run's.
            emitter: Is told of each new finding.
        """
        self.findings = findings
        self._options = options
        self._seed = seed
        self._emitter = emitter

    def add(self, breaches: Iterable[Breach], wave: Wave, only: str = "", before: Iterable[Wave] = ()) -> None:
        """Take breaches.

        Args:
            breaches: What was broken.
            wave: What showed it; of what came when all was over, it has no cases.
            only: What `--only` would be told to see it again, where it takes more than waves; else empty.
            before: What was played before.

        Raises:
            HarnessError: A replay file can't be written.
        """
        for breach in breaches:
            finding = self.findings.add(breach, wave, only, before)
            if finding is not None:
                if finding.replayable:
                    self.keep(finding.id, breach, (*wave.prelude, *wave.steps), only)
                self._emitter.emit(FindingFound(finding))

    def keep(self, finding_id: str, breach: Breach, waves: tuple[Wave, ...], only: str = "") -> None:
        """Write what it takes to see a finding again.

        Raises:
            HarnessError: It can't be written.
        """
        replay = Replay(
            id=finding_id,
            law=breach.law,
            cause=cause_in_words(breach),
            seed=self._seed,
            waves=waves,
            target=target_of(self._options),
            only=only,
            config=self._options.config.name,
        )
        write(self._options.run_folder, replay)
