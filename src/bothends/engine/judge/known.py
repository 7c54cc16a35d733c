"""The known findings of a run: which findings are accepted, which entries no longer hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bothends.laws import cause_in_words
from bothends.records import KnownTally

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from bothends.records import Breach, Finding, Instance, KnownFinding


class Known:
    """The known findings of a contract, as of one day."""

    def __init__(self, entries: Iterable[KnownFinding] = (), today: date | None = None) -> None:
        self._entries = tuple(entries)
        self._today = today or datetime.now(UTC).date()  # in UTC, so that all machines agree

    def accepts(self, breach: Breach, instance: Instance) -> bool:
        """Return whether an instance of a finding is known, and its entry has not expired."""
        if not self._entries:
            return False
        cause = cause_in_words(breach)
        return any(not self._expired(entry) and entry.covers(instance, breach.law, cause) for entry in self._entries)

    def lived_with(self, finding: Finding) -> bool:
        """Return whether each instance of a finding is accepted."""
        each = [self.accepts(finding.breach, instance) for instance in finding.instances]
        return bool(each) and all(each)

    def tallies(self, findings: Iterable[Finding], *, whole: bool) -> tuple[KnownTally, ...]:
        """Return how each entry has fared.

        Args:
            findings: All that the run has found.
            whole: Whether all cases were played: else an entry that did not show is left out, as it may
                still be true.
        """
        shown = [(one.breach.law, cause_in_words(one.breach), i) for one in findings for i in one.instances]
        tallies = (
            KnownTally(
                entry,
                tuple(dict.fromkeys(i.id for law, cause, i in shown if entry.covers(i, law, cause))),
                self._expired(entry),
            )
            for entry in self._entries
        )
        return tuple(tally for tally in tallies if whole or tally.findings)

    def _expired(self, entry: KnownFinding) -> bool:
        return entry.expires < self._today
