"""What is needed to tell of a record, and no record says."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.explaining import Failures
from bothends.reports.sanitize import Redactor, cookies_of

if TYPE_CHECKING:
    from bothends.records import Exchange


@dataclass(frozen=True, slots=True)
class Telling:
    """What is needed to tell of a record.

    Attributes:
        secrets: What is never shown.
        base_url: The target's, for commands.
        config: The settings file, for commands.
    """

    secrets: frozenset[str] = field(default_factory=frozenset)
    base_url: str = "$TARGET"
    config: Path = Path("bothends.toml")

    def redactor(self, exchange: Exchange | None = None) -> Redactor:
        """Return what hides the secrets, and the cookies of an exchange."""
        return Redactor(self.secrets).also(cookies_of(exchange))

    def failures(self) -> Failures:
        """Return what puts breaches and findings into words."""
        return Failures(self.config, tuple(self.secrets), self.base_url)
