"""What a run comes to: the answers seen, the laws tried, the findings, and what was not proven."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from bothends.records.finding import Severity, grouped

if TYPE_CHECKING:
    from datetime import date

    from bothends.records.finding import Finding, Instance, NotProven


# A known finding: one that a team accepts for now, and why.


@dataclass(frozen=True, slots=True)
class KnownFinding:
    r"""One entry of the file of known findings. It names an ID, or all that an ID is made of.

    In all of these but the law, `*` stands for any text, and `\*` for a star: only a person writes such an entry.

    Attributes:
        reason: Why it is accepted.
        expires: The day (UTC) after which it is no longer accepted.
        id: The ID of an instance; empty when it is known by what follows.
        law: The law that is broken.
        operation: In which operation; empty: in none.
        cause: By what: what the JSON report calls `cause`.
        status: The status of the answer, or why there was none; empty: no exchange shows it.
        case: In which case; empty: its cause has a place.
        line: Where it stands in the file, from 1.
    """

    reason: str
    expires: date
    id: str = ""
    law: str = ""
    operation: str = ""
    cause: str = ""
    status: str = ""
    case: str = ""
    line: int = 0

    @property
    def name(self) -> str:
        """What it names, for a person."""
        where = " ".join(part for part in (self.operation, self.status, self.case) if part not in {"", "*"})
        return self.id or f"{self.law}: {self.cause}{f' ({where})' if where else ''}"

    @property
    def broad(self) -> bool:
        """Whether it may be about more than one instance."""
        return any("*" in text.replace("\\*", "") for text in (self.operation, self.cause, self.status, self.case))

    def covers(self, instance: Instance, law: str, cause: str) -> bool:
        """Return whether it is about an instance of a finding.

        Args:
            instance: The instance.
            law: The law that is broken.
            cause: By what, put into words.
        """
        if self.id:
            return self.id == instance.id
        if self.law != law:
            return False
        pairs = (
            (self.operation, instance.operation),
            (self.status, instance.status),
            (self.case, instance.case),
            (self.cause, cause),
        )
        return all(pattern == text or _pattern(pattern).fullmatch(text) is not None for pattern, text in pairs)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Return the pattern of a key of an entry."""
    parts = re.split(r"(\\\*|\*)", text)
    return re.compile(
        "".join(".*" if part == "*" else re.escape(part.replace("\\*", "*")) for part in parts), re.DOTALL
    )


@dataclass(frozen=True, slots=True)
class KnownSurvivor:
    r"""A lie that no law notices, and that a person accepts. In all of these, `*` stands for any text, `\*` for a star.

    Attributes:
        lie: What is done.
        operation: In which operation.
        part: Of which answer, event or upstream: `answer 404`.
        member: At which member or header of it; empty: of the whole.
        reason: Why it is accepted.
        expires: The day (UTC) after which it is no longer accepted.
        line: Where it stands in the file, from 1.
    """

    lie: str
    operation: str
    part: str
    member: str
    reason: str
    expires: date
    line: int = 0

    def covers(self, *texts: str) -> bool:
        """Return whether it is about a lie, by its name, its operation, its part and its member."""
        patterns = (self.lie, self.operation, self.part, self.member)
        return all(_pattern(one).fullmatch(text) is not None for one, text in zip(patterns, texts, strict=True))


@dataclass(frozen=True, slots=True)
class KnownTally:
    """One known finding, and how it fared in a run.

    Attributes:
        known: The entry.
        findings: IDs of the instances of findings that it is about; empty: it did not show.
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
class EventTally:
    """One event that an operation sends, and how often it came.

    Attributes:
        operation: `operationId`.
        event: The callback's name.
        may: Exchanges that may have one by their answer.
        came: Exchanges that had one.
    """

    operation: str
    event: str
    may: int
    came: int


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
        events: Each declared event, in the contract's order.
        pacts: Each pact that was verified, in the order of the files' names.
        not_proven: What the run was to show and did not.
        target_failure: Why the target could not be started, reached, or kept alive; empty when it was.
        harness_failure: What failed in bothends itself; empty when nothing did.
        by_machine: Whether that is this machine's doing, and the user's to mend: a full disk, say.
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
    by_machine: bool = False
    interrupted: bool = False
    log: tuple[str, ...] = ()
    events: tuple[EventTally, ...] = ()
    pacts: tuple[PactTally, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    known: tuple[KnownTally, ...] = ()
    whole: bool = True
    replay: ReplayOutcome | None = None
    notes: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[tuple[Finding, ...], ...]:
        """The findings as a person is told of them: what is accepted is never told with what is new."""
        accepted = self._accepted
        known = [finding for finding in self.findings if _is_among(finding, accepted)]
        new = [finding for finding in self.findings if not _is_among(finding, accepted)]
        places = {finding.id: place for place, finding in enumerate(self.findings)}
        return tuple(sorted((*grouped(known), *grouped(new)), key=lambda group: places[group[0].id]))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that break the contract and are not accepted."""
        return tuple(f for f in self._counted if f.breach.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that may stand, the known ones left out."""
        return tuple(f for f in self._counted if f.breach.severity is Severity.WARNING)

    def known_as(self, finding: Finding) -> KnownTally | None:
        """Return the entry that a finding is known by, an expired one only where there is no other.

        Each of its instances may have an entry of its own: then it is the one of the instance that is shown.
        """
        wholly = _is_among(finding, self._accepted)
        tallies = (t for t in self.known if t.expired or wholly)
        about = [t for t in tallies if any(one.id in t.findings for one in finding.instances)]
        return min(about, key=lambda t: (t.expired, finding.id not in t.findings), default=None)

    @property
    def lived_with(self) -> tuple[Finding, ...]:
        """The findings of which each instance is known and accepted today."""
        accepted = self._accepted
        return tuple(finding for finding in self.findings if _is_among(finding, accepted))

    @property
    def _counted(self) -> tuple[Finding, ...]:
        accepted = self._accepted
        return tuple(finding for finding in self.findings if not _is_among(finding, accepted))

    @property
    def _accepted(self) -> frozenset[str]:
        """IDs of the instances that are accepted today."""
        return frozenset(one for tally in self.known if not tally.expired for one in tally.findings)

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
    def who_failed(self) -> str:
        """The heading of what failed in bothends, or in this machine."""
        return "this machine is in the way" if self.by_machine else "bothends failed"

    @property
    def exit_code(self) -> int:
        """The exit code: 130 interrupted; else the first that holds of 5, 2, 1, 3, 4; else 0.

        2 is a machine that is in the way here: where the contract or the command line is wrong, there is no run.
        """
        holds = (
            (130, self.interrupted),
            (5, bool(self.harness_failure) and not self.by_machine),
            (2, bool(self.harness_failure)),
            (1, self.verdict is Verdict.BROKEN),
            (3, bool(self.target_failure)),
            (4, self.verdict is Verdict.NOT_PROVEN),
        )
        return next((code for code, held in holds if held), 0)


def _is_among(finding: Finding, accepted: frozenset[str]) -> bool:
    """Whether each instance of a finding is accepted."""
    return bool(finding.instances) and accepted.issuperset(one.id for one in finding.instances)
