"""A finding: a broken law with its exchange, the smallest request that breaks it, and its replay."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from bothends.records.case import NO_CASE
from bothends.records.tie import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.records.case import Case, Condition
    from bothends.records.exchange import Exchange
    from bothends.records.tie import Tie


FINDING_ID = re.compile(r"[0-9a-f]{10}")
"""What the ID of a finding looks like; files are named by it."""


class Severity(StrEnum):
    """How much a broken law weighs: only an error breaks the contract."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Breach:
    """A law, broken by one exchange: what a law yields, before findings are made of it.

    Attributes:
        law: The law's name.
        severity: How much it weighs.
        cause: What findings are told apart by, within one law.
        summary: What is wrong, in one sentence.
        expected: What the contract promises.
        actual: What was seen.
        exchange: The exchange that shows it; None when no exchange can be named (a phantom).
        claim: What it says of the events of the exchange.
        tie: How sure it is that these are its events; None: it does not go by that, or nobody has looked.
        alike: What it has in common with breaches in other places, such as `type null`; empty: nothing is known of it.
        variety: What tells it from breaches by the same cause that need another mending, as words: what is wrong with a
            request that was taken, or what the answer says of a failure; empty: nothing is known of it.
        stored_by: The operation that has taken, where it had to refuse them, all values that break the law: it follows
            from that. Empty: there is none, or some are others.
    """

    law: str
    severity: Severity
    cause: Cause
    summary: str
    expected: str
    actual: str
    exchange: Exchange | None
    claim: Claim = Claim.EACH
    tie: Tie | None = None
    alike: str = ""
    variety: str = ""
    stored_by: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a history: requests that shared one state of the world.

    Attributes:
        given: The state of the world; empty: no fault.
        families: The families of its cases, each once.
        requests: How many requests were sent.
        at_once: How many of them were under way at the same time, at most.
    """

    given: tuple[Condition, ...]
    families: tuple[str, ...]
    requests: int
    at_once: int


@dataclass(frozen=True, slots=True)
class Consequence:
    """A consequence of a finding, which is not a finding of its own.

    Attributes:
        law: The law that is broken as well.
        summary: What is wrong, in one sentence.
        count: How many breaches of it were seen.
        expected: What the contract, or the pact, promised.
        actual: What happened instead.
    """

    law: str
    summary: str
    count: int
    expected: str
    actual: str


@dataclass(frozen=True, slots=True, order=True)
class Instance:
    """What an ID names, and what is accepted by itself: one law, broken by one cause, in one operation and one case.

    Attributes:
        id: The same in each run that shows it.
        operation: `operationId`; empty: of none.
        status: The status of the answer, or why there was none; empty: no exchange shows it.
        case: The label of the case, or the family of one that was drawn at random; empty: its cause has a place.
    """

    id: str
    operation: str
    status: str
    case: str

    @property
    def drawn(self) -> bool:
        """Whether only requests that were drawn at random show it."""
        return bool(self.case) and "/" not in self.case


@dataclass(frozen=True, slots=True)
class Apart:
    """What follows from a finding and shows elsewhere too: it is accepted with it, by an entry of its own.

    Attributes:
        breach: A breach that shows it, without its exchange.
        instance: Which instance it is.
    """

    breach: Breach
    instance: Instance


INTERRUPTED = "interrupted"
"""A person stopped the run before a finding was retried."""

NO_TIME = "no time left"
"""The time for one finding was over before it was retried."""

LATER = "others came first"
"""The time for all findings was over before a finding was retried, or as many were that a person reads."""


@dataclass(frozen=True, slots=True)
class Finding:
    """All that one root cause has broken, as a report shows it.

    Attributes:
        id: That of the instance which is shown; names the replay file.
        breach: The breach that stands for all: the one with the smallest request.
        case: The smallest case that still shows it.
        count: How many breaches of this law and cause were seen.
        smaller: Whether `case` is smaller than any that the run had sent.
        reproduced: Whether it appeared again when bothends retried it; None: not tried.
        untried: Why it was not retried, in words: such as `INTERRUPTED`; empty: it was, or nothing was to be retried.
        cases: Labels of cases that showed it: of as many families as there are, a few.
        more_cases: How many further cases showed it.
        used_up: The statuses by which all repeats were refused, with commas between them: what the request was about
            had been changed by the first one, and it is not known whether it is flaky. Empty: that was not so.
        alone: How often it appeared when its request was repeated with nothing beside it, and how often that was tried.
        history: The requests that showed it, when there is more than one: the last part shows it.
        consequences: What else is broken because of it.
        instances: What is accepted each by itself, in the order of cases and statuses; one of them is shown.
        apart: What follows from it in exchanges that do not show it.
        log: The last lines that the target wrote when it appeared again.
    """

    id: str
    breach: Breach
    case: Case
    count: int
    smaller: bool = False
    reproduced: bool | None = None
    untried: str = ""
    cases: tuple[str, ...] = ()
    more_cases: int = 0
    used_up: str = ""
    alone: tuple[int, int] = (0, 0)
    history: tuple[Step, ...] = ()
    consequences: tuple[Consequence, ...] = ()
    instances: tuple[Instance, ...] = ()
    apart: tuple[Apart, ...] = ()
    log: tuple[str, ...] = ()

    @property
    def group_key(self) -> tuple[object, ...]:
        """What findings of one group have in common: all but the operation, and but the place where more is known."""
        breach, cause = self.breach, self.breach.cause
        place = ("", "") if breach.alike else (cause.location, cause.source)
        what = (cause.kind, cause.upstream, cause.status, cause.about)
        return (breach.law, breach.severity, self.flaky, *what, *place, breach.alike)

    @property
    def replayable(self) -> bool:
        """Whether there is a case that shows it; what the run as a whole has shown has none."""
        return self.case != NO_CASE

    @property
    def flaky(self) -> bool:
        """Whether it did not appear again when bothends repeated all that had shown it."""
        return self.reproduced is False


def grouped(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], ...]:
    """Return findings as a person is told of them: those that are alike, in whatever operations, are one group.

    The first of each group is shown; each of the others keeps its ID. Which of them are one group does not go by the
    order in which they come.
    """
    every = tuple(findings)
    varieties: dict[tuple[object, ...], set[str]] = {}
    for finding in every:
        varieties.setdefault(finding.group_key, set()).add(finding.breach.variety)
    numbers = {key: _numbered(near) for key, near in varieties.items()}
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in every:
        number = numbers[finding.group_key][finding.breach.variety]
        groups.setdefault((finding.group_key, number), []).append(finding)
    return tuple(map(tuple, groups.values()))


def _numbered(varieties: Iterable[str]) -> dict[str, int]:
    """Return for each variety the number of its group, of which all are alike.

    Of what nothing is known goes with the others where these are one group: else nobody knows with which.
    """
    groups: list[list[str]] = []
    for variety in sorted(filter(None, varieties)):
        own = next((group for group in groups if all(are_alike(one, variety) for one in group)), None)
        if own is None:
            groups.append([variety])
        else:
            own.append(variety)
    numbers = {variety: number for number, group in enumerate(groups) for variety in group}
    return {"": 0 if len(groups) == 1 else len(groups), **numbers}


def are_alike(one: str, other: str) -> bool:
    """Return whether two varieties may be the same: half of all their words are in both, or of one nothing is known."""
    ours, theirs = set(one.split()), set(other.split())
    return not (ours and theirs) or 2 * len(ours & theirs) >= len(ours | theirs)


class Weight(IntEnum):
    """How much a thing that was not looked at weighs in what a run says: the first is the most useful to settle."""

    SUCCESS = -1
    SIGN_IN = 0
    EVENTS = 1
    VALUES = 2
    ANSWERS = 3
    WORLD = 4
    RUN = 5


@dataclass(frozen=True, slots=True)
class NotProven:
    """Something that the run had to see and did not.

    Attributes:
        what: What was not seen: `answer 504`, `sign-in: bearerAuth`.
        why: Why not, and what to do.
        where: Where the contract declares it: `openapi.yaml:12 /paths/~1orders/post`; empty: nowhere.
        add: The line, or lines, to add; empty: none is known.
        weight: Its rank among all of them.
        shown: An exchange that shows it, where one does.
    """

    what: str
    why: str
    where: str = ""
    add: str = ""
    weight: Weight = Weight.RUN
    shown: Exchange | None = field(default=None, repr=False, compare=False)


# The cause of a breach, as data: what findings of one law are told apart by, and what their IDs are made of.


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """What is wrong, independent of the exchange that shows it. It becomes a sentence only in a report.

    Attributes:
        kind: What is wrong, as the law names it: `not-json`. Never a sentence.
        location: Where: a place in a schema or in a message, a header. Empty: it has no place.
        source: Where the value should come from, as the `x-from` is written; or the file that promises it.
        upstream: The parts of the world that it is about, with commas between them: `settings,ingest`.
        status: The statuses, or the outcome, that it is about, with commas between them: `400,422`.
        callback: The callback that it is about, where its operation has several; else empty.
        about: What the request was about, or what about the answer is wrong, where that is no place.
    """

    kind: str
    location: str = ""
    source: str = ""
    upstream: str = ""
    status: str = ""
    callback: str = ""
    about: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """All of it, as texts: what an ID is made of."""
        return self.kind, self.location, self.source, self.upstream, self.status, self.callback, self.about
