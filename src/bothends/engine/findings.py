"""Gathers breaches into findings: one for each law and cause, with the first exchange that showed it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import TYPE_CHECKING

from bothends.records import Breach, Case, Finding, Request, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.engine.waves import Wave

MOST = 100
"""Findings kept: a target that is wrong everywhere needs no longer list."""

KEPT_BYTES = 1 << 16
"""What is kept of the body of an answer that a finding shows."""


@dataclass(slots=True)
class Held:
    """A finding and what it takes to see it again.

    Attributes:
        finding: As it stands now.
        wave: The wave that first showed it.
        only: What `--only` would be told to see it again, where it takes more than waves; else empty.
    """

    finding: Finding
    wave: Wave
    only: str = ""


class Findings:
    """All findings of a run."""

    def __init__(self, contract_digest: str, lived_with: Callable[[Finding], bool] = lambda _: False) -> None:
        """Start with none.

        Args:
            contract_digest: Told apart by it: the same breach of another contract is another finding.
            lived_with: Whether a finding is known beforehand, and breaks nothing.
        """
        self._digest = contract_digest
        self._lived_with = lived_with
        self._held: dict[tuple[str, str], Held] = {}
        self.left_out = 0

    def add(self, breach: Breach, wave: Wave, only: str = "") -> Finding | None:
        """Count a breach; return its finding when it is the first of its law and cause.

        Args:
            breach: What was broken.
            wave: The wave that showed it.
            only: What `--only` would be told to see it again, where it takes more than waves.
        """
        key = (breach.law, breach.cause)
        held = self._held.get(key)
        if held is not None:
            held.finding = replace(held.finding, count=held.finding.count + 1)
            return None
        if len(self._held) >= MOST:
            self.left_out += 1
            return None
        case = breach.exchange.case if breach.exchange is not None else _nameless(wave)
        if breach.exchange is not None:
            breach = replace(breach, exchange=breach.exchange.cut(KEPT_BYTES))
        finding = Finding(id=self._id(key), breach=breach, case=case, count=1)
        self._held[key] = Held(finding, wave, only)
        return finding

    def settle(self, finding: Finding) -> Finding:
        """Take what examining a finding has come to; its count stays what it is."""
        held = self._held[(finding.breach.law, finding.breach.cause)]
        held.finding = replace(finding, count=held.finding.count)
        return held.finding

    def held(self) -> list[Held]:
        """Return all findings with their waves, the worst first, then in the order they were found."""
        return sorted(self._held.values(), key=lambda h: h.finding.breach.severity is Severity.WARNING)

    @property
    def broken(self) -> bool:
        """Whether any finding is an error that is not lived with."""
        errors = (h.finding for h in self._held.values() if h.finding.breach.severity is Severity.ERROR)
        return any(not self._lived_with(finding) for finding in errors)

    def _id(self, key: tuple[str, str]) -> str:
        return blake2s("\0".join((self._digest, *key)).encode(), digest_size=4).hexdigest()


def _nameless(wave: Wave) -> Case:
    # A phantom belongs to no case: the wave in which it arrived is the best that can be named.
    return replace(wave.cases[0], origin=None) if wave.cases else Case("", "none", "none", Request("GET", "/"))
