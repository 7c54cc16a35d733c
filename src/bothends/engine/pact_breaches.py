"""What does not hold of a pact, as breaches: who is at fault, what was promised, what was seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.engine.pact_differences import differences, lines
from bothends.laws import Broken
from bothends.laws.runs import AGREEMENT, PACT, STAND_IN
from bothends.pacts import disagreements
from bothends.records import Cause, Severity
from bothends.world import INGEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import Contract
    from bothends.laws import Law
    from bothends.pacts import Disagreement, Interaction, Mismatch, Pact
    from bothends.records import Breach, Exchange

_LONGEST = 400
"""Characters of a cause: a promise may be a whole body."""


def target_breach(
    pact: Pact, interaction: Interaction, mismatches: Sequence[Mismatch], exchange: Exchange | None
) -> Breach:
    """Return the breach of a target that does not answer, or send, what a pact promises."""
    return _breach(PACT, "The target does not keep", pact, interaction, mismatches, exchange=exchange)


def service_breach(pact: Pact, interaction: Interaction, mismatches: Sequence[Mismatch], url: str) -> Breach:
    """Return the breach of a real service that does not answer what a pact promises."""
    return _breach(PACT, f"The {pact.provider} at {url} does not keep", pact, interaction, mismatches)


def stand_in_breach(pact: Pact, interaction: Interaction, mismatches: Sequence[Mismatch]) -> Breach:
    """Return the breach of a part of the world that does not answer what a pact promises of it.

    The values that an upstream answers are made up by its schema: where a pact promises a certain one of them, it is
    told, and is nobody's fault.
    """
    who = f"No fault of the target: the {pact.provider} that bothends plays does not keep"
    found = _breach(STAND_IN, who, pact, interaction, mismatches)
    made_up = pact.provider != INGEST and all(mismatch.kind == "body" for mismatch in mismatches)
    return replace(found, severity=Severity.WARNING) if made_up else found


class Agreement:
    """Where a pact and the spec contradict each other."""

    def __init__(self, pact: Pact, contract: Contract) -> None:
        """Hold the pact's examples against the contract."""
        self._pact = pact
        self._found = disagreements(pact, contract)

    def breaches(self, interaction: Interaction) -> list[Breach]:
        """Return what is contradicted of one interaction, with both places."""
        here = f"{interaction.pointer}/"
        return [self._breach(d) for d in self._found if f"{d.pact.pointer}/".startswith(here)]

    def _breach(self, found: Disagreement) -> Breach:
        return AGREEMENT.breach(
            Broken(
                cause=Cause("contradicted", location=found.pact.pointer, source=self._pact.file.name),
                summary=f"{found.summary} The pact: {found.pact}. The spec: {found.spec}.",
                expected=found.expected,
                actual=found.actual,
            )
        )


def _breach(  # noqa: PLR0913 -- what a breach is made of
    law: Law,
    begin: str,
    pact: Pact,
    interaction: Interaction,
    mismatches: Sequence[Mismatch],
    *,
    exchange: Exchange | None = None,
) -> Breach:
    found = differences(mismatches)
    expected, actual = lines(found)
    broken = Broken(
        cause=Cause("not-kept", location=_places(mismatches), source=pact.file.name),
        summary=f"{begin} the pact of {pact.consumer} with {pact.provider}, "
        f"“{interaction.description}” ({pact.location(interaction.pointer)}).",
        expected=expected,
        actual=actual,
    )
    return law.breach(broken, exchange)


def _places(mismatches: Sequence[Mismatch]) -> str:
    """Return what is promised where: what a pact promises alike of several interactions is one finding."""
    return ", ".join(dict.fromkeys(f"{one.where}={one.expected}" for one in mismatches))[:_LONGEST]
