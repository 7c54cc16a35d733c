"""What a run comes to: the answers seen, the laws tried, the findings, and what was not proven."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bothends.records.finding import Severity

if TYPE_CHECKING:
    from datetime import date

    from bothends.records.finding import Finding, NotProven


# A known finding: one that a team accepts for now, and why.


@dataclass(frozen=True, slots=True)
class KnownFinding:
    """One entry of the file of known findings. It names an ID, or a law and a cause.

    Attributes:
        reason: Why it is accepted.
        expires: The day (UTC) after which it is no longer accepted.
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
        expired: Whether that day is over: then its findings count like any other.
    """

    known: KnownFinding
    findings: tuple[str, ...]
    expired: bool


# How much of the contract a run has seen: its answers, media types, events, and what their schemas offer.


class Kind(StrEnum):
    """What of a contract can be seen."""

    ANSWER = "answer"
    MEDIA_TYPE = "media type"
    EVENT = "event"
    FIELD = "field"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """One thing that the contract declares, and that a run can see.

    Attributes:
        operation: `operationId`.
        kind: What it is.
        where: The answer or event that it belongs to: `200 application/json`, `event routeRequested`.
        what: Which one of that: `/user/name: null`; empty when it is the answer or event itself.
        seen: Whether the run has seen it.
    """

    operation: str
    kind: Kind
    where: str
    what: str
    seen: bool

    @property
    def label(self) -> str:
        """What it is, for a person: `200 application/json /success`."""
        return f"{self.where} {self.what}".rstrip()


@dataclass(frozen=True, slots=True)
class Coverage:
    """All that the contract declares and a run can see.

    Attributes:
        points: In the contract's order.
    """

    points: tuple[CoveragePoint, ...] = ()

    @property
    def seen(self) -> int:
        """How many points were seen."""
        return sum(point.seen for point in self.points)

    @property
    def unseen(self) -> tuple[CoveragePoint, ...]:
        """The points that were not seen."""
        return tuple(point for point in self.points if not point.seen)

    @property
    def percent(self) -> float:
        """The part that was seen, in percent, rounded down to a tenth: 100 only when nothing is missing."""
        return math.floor(1000 * self.seen / len(self.points)) / 10 if self.points else 100.0


class Verdict(StrEnum):
    """What a run says of the contract."""

    PROVEN = "proven"
    BROKEN = "broken"
    NOT_PROVEN = "not-proven"


@dataclass(frozen=True, slots=True)
class AnswerTally:
    """One declared answer, and how often it was seen.

    Attributes:
        operation: `operationId`.
        status: The status as the contract declares it: `200`, `5XX`, `default`.
        family: The family that its `x-given` names; `success` for 2xx; empty when it names none.
        cases: Exchanges for which this answer, and no other, was right.
        seen: Exchanges that it answered.
    """

    operation: str
    status: str
    family: str
    cases: int
    seen: int


@dataclass(frozen=True, slots=True)
class LawTally:
    """One law, and how it fared.

    Attributes:
        law: The law's name.
        severity: What its breach weighs.
        judged: Exchanges that it had something to say about.
        broken: Exchanges that broke it.
    """

    law: str
    severity: Severity
    judged: int
    broken: int


@dataclass(frozen=True, slots=True)
class PactTally:
    """One pact, and how it fared.

    Attributes:
        file: The file's name.
        consumer: Who relies on it.
        provider: Who is held to it.
        interactions: Interactions that were verified.
        held: Those of them that held.
    """

    file: str
    consumer: str
    provider: str
    interactions: int
    held: int


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """Whether a finding that was replayed has shown again.

    Attributes:
        finding: Its ID.
        tries: How often what had shown it was played.
        reproduced: Whether it has shown.
    """

    finding: str
    tries: int
    reproduced: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of a run.

    Attributes:
        seed: What reproduces the run's cases.
        exchanges: Exchanges that were made, shrinking left out.
        seconds: Wall time of the run, seconds.
        answers: Each declared answer, in the contract's order.
        laws: Each law, in the order they are judged.
        findings: The worst first.
        pacts: Each pact that was verified, in the order of the files' names.
        not_proven: What the run was to show and did not.
        target_failure: Why the target could not be started, reached, or kept alive; empty when it was.
        harness_failure: What failed in bothends itself; empty when nothing did.
        interrupted: Whether a person stopped the run.
        log: The end of the target's log, when something failed.
        coverage: How much of the contract was seen.
        known: Each finding that was known beforehand, and whether it showed.
        whole: Whether all the cases that there are were played, and not only chosen ones.
        replay: Of a replay, whether its finding has shown; None: this is none.
        notes: What a person may wonder about, and that changes no verdict: why a run is slower than others.
    """

    seed: int
    exchanges: int
    seconds: float
    answers: tuple[AnswerTally, ...]
    laws: tuple[LawTally, ...]
    findings: tuple[Finding, ...]
    not_proven: tuple[NotProven, ...]
    target_failure: str = ""
    harness_failure: str = ""
    interrupted: bool = False
    log: tuple[str, ...] = ()
    pacts: tuple[PactTally, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    known: tuple[KnownTally, ...] = ()
    whole: bool = True
    replay: ReplayOutcome | None = None
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that break the contract and are not accepted."""
        return tuple(f for f in self._counted if f.breach.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that may stand, the known ones left out."""
        return tuple(f for f in self._counted if f.breach.severity is Severity.WARNING)

    def known_as(self, finding: Finding) -> KnownTally | None:
        """Return the entry that a finding is known by, an expired one only where there is no other."""
        about = sorted((t for t in self.known if finding.id in t.findings), key=lambda t: t.expired)
        return about[0] if about else None

    @property
    def lived_with(self) -> tuple[Finding, ...]:
        """The findings that are known and accepted today."""
        return tuple(f for f in self.findings if (known := self.known_as(f)) is not None and not known.expired)

    @property
    def _counted(self) -> tuple[Finding, ...]:
        lived_with = {finding.id for finding in self.lived_with} if self.known else set()
        return tuple(finding for finding in self.findings if finding.id not in lived_with)

    @property
    def verdict(self) -> Verdict:
        """Broken when an error was found; proven only when all that was to be shown was shown.

        A replay is about one finding: broken when it shows, else not proven.
        """
        if self.replay is not None:
            return Verdict.BROKEN if self.replay.reproduced else Verdict.NOT_PROVEN
        if self.errors:
            return Verdict.BROKEN
        if self.not_proven or self.target_failure or self.harness_failure or self.interrupted:
            return Verdict.NOT_PROVEN
        return Verdict.PROVEN

    @property
    def exit_code(self) -> int:
        """The exit code: 130 interrupted; else the first that holds of 5, 1, 3, 4; else 0.

        2 (the contract or the command line is wrong) is raised before there is a run.
        """
        holds = (
            (130, self.interrupted),
            (5, bool(self.harness_failure)),
            (1, self.verdict is Verdict.BROKEN),
            (3, bool(self.target_failure)),
            (4, self.verdict is Verdict.NOT_PROVEN),
        )
        return next((code for code, held in holds if held), 0)
