"""All laws that a finding may name: those of the registry, and those that are no predicate over an exchange."""

from __future__ import annotations

from dataclasses import dataclass

from bothends.engine.judge import CHECKS
from bothends.engine.lifecycle.act import STOP_LAW
from bothends.engine.pact_laws import AGREEMENT_LAW, PACT_LAW, STAND_IN_LAW
from bothends.engine.tallies import REACHABLE_LAW
from bothends.laws import LAWS
from bothends.laws.joint import no_phantom
from bothends.records import Severity


@dataclass(frozen=True, slots=True)
class NamedLaw:
    """A law as a person meets it.

    Attributes:
        name: Its name.
        severity: Of its findings, at the worst.
        demands: What it demands, in one sentence.
        source: What it stands on.
        yields_to: The laws whose breach explains its own.
    """

    name: str
    severity: Severity
    demands: str
    source: str
    yields_to: tuple[str, ...] = ()


_PACT = "the pact; Pact V4"

NAMED_LAWS: tuple[NamedLaw, ...] = (
    *(NamedLaw(law.name, law.severity, law.demands, law.source, law.yields_to) for law in LAWS),
    NamedLaw(no_phantom.NAME, Severity.ERROR, no_phantom.DEMANDS, no_phantom.SOURCE),
    NamedLaw(
        STOP_LAW,
        Severity.ERROR,
        "The target starts, and ends, as whoever runs it expects.",
        "POSIX signals; 12-factor, IX",
    ),
    NamedLaw(
        REACHABLE_LAW,
        Severity.WARNING,
        "Each answer that the contract declares is brought about by something.",
        "the contract: responses of the operation",
    ),
    NamedLaw(PACT_LAW, Severity.ERROR, "The target answers, and sends, what a consumer relies on.", _PACT),
    NamedLaw(AGREEMENT_LAW, Severity.ERROR, "A pact's examples are valid under the spec.", "the pact and the spec"),
    NamedLaw(STAND_IN_LAW, Severity.ERROR, "The part that bothends plays answers as its pact says.", _PACT),
    NamedLaw(
        CHECKS.rstrip(":"),
        Severity.ERROR,
        "Schemathesis' own checks hold for the cases that it makes.",
        "Schemathesis' documentation of its checks",
    ),
)
"""In the order in which they are judged. `schemathesis` stands for `schemathesis:NAME`, one for each of its checks."""

LAW_NAMES = tuple(law.name for law in NAMED_LAWS)
