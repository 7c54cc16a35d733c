"""Known findings in a run: which findings are lived with, which entries no longer hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bothends.laws import cause_in_words
from bothends.records import KnownFinding, KnownTally

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from bothends.records import Finding


class Known:
    """The known findings of a contract, as of one day."""

    def __init__(self, entries: Iterable[KnownFinding] = (), today: date | None = None) -> None:
        """Take the entries.

        Args:
            entries: What is known.
            today: The day that they are held against; None: this one, in UTC, so that all machines agree.
        """
        self._entries = tuple(entries)
        self._today = today or datetime.now(UTC).date()

    def lived_with(self, finding: Finding) -> bool:
        """Return whether a finding is known, and its last day is not over."""
        return any(
            entry.matches(finding, cause_in_words(finding.breach)) and not self._expired(entry)
            for entry in self._entries
        )

    def tallies(self, findings: Iterable[Finding], *, whole: bool) -> tuple[KnownTally, ...]:
        """Return how each entry has fared.

        Args:
            findings: All that the run has found.
            whole: Whether all cases were played: else an entry that did not show is left out, as it may
                still be true.
        """
        found = tuple(findings)
        tallies = (
            KnownTally(
                entry,
                tuple(one.id for one in found if entry.matches(one, cause_in_words(one.breach))),
                self._expired(entry),
            )
            for entry in self._entries
        )
        return tuple(tally for tally in tallies if whole or tally.findings)

    def _expired(self, entry: KnownFinding) -> bool:
        return entry.expires < self._today
