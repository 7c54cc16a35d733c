"""A known finding: one that a team has decided to live with for a while, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from bothends.records.finding import Finding


@dataclass(frozen=True, slots=True)
class KnownFinding:
    """One entry of the file of known findings. It names an ID, or a law and a cause.

    Attributes:
        reason: Why it is lived with.
        expires: The last day (UTC) on which it is.
        id: The finding's ID; empty when it is known by law and cause.
        law: The law that is broken.
        cause: By what: what the JSON report calls `cause`.
        line: Where it stands in the file, from 1.
    """

    reason: str
    expires: date
    id: str = ""
    law: str = ""
    cause: str = ""
    line: int = 0

    @property
    def name(self) -> str:
        """What it names, for a person."""
        return self.id or f"{self.law}: {self.cause}"

    def matches(self, finding: Finding, cause: str) -> bool:
        """Return whether it is about a finding.

        Args:
            finding: The finding.
            cause: Its cause, put into words.
        """
        if self.id:
            return self.id == finding.id
        return (self.law, self.cause) == (finding.breach.law, cause)


@dataclass(frozen=True, slots=True)
class KnownTally:
    """One known finding, and how it fared in a run.

    Attributes:
        known: The entry.
        findings: IDs of the findings that it is about; empty: it did not show.
        expired: Whether its last day is over: then what it is about counts like any other finding.
    """

    known: KnownFinding
    findings: tuple[str, ...]
    expired: bool
