"""How the pacts of a run fare: interactions that were verified, and those of them that held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.records import PactTally

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bothends.pacts import Pact


@dataclass(slots=True)
class _Count:
    pact: Pact
    verified: int = 0
    held: int = 0


class PactTallies:
    """Counts the interactions of pacts."""

    def __init__(self) -> None:
        """Count from nought."""
        self._counts: dict[Path, _Count] = {}

    def open(self, pacts: Iterable[Pact]) -> None:
        """Open an account for each pact, in this order, so that one without interactions is seen too."""
        for pact in pacts:
            self._counts.setdefault(pact.file, _Count(pact))

    def note(self, pact: Pact, *, held: bool) -> None:
        """Count an interaction that was verified."""
        count = self._counts[pact.file]
        count.verified += 1
        count.held += held

    def result(self) -> tuple[PactTally, ...]:
        """Return how each pact has fared."""
        return tuple(
            PactTally(c.pact.file.name, c.pact.consumer, c.pact.provider, c.verified, c.held)
            for c in self._counts.values()
        )
