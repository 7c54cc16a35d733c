"""What a law is: a predicate over exchanges, with all that is known of it, stated where it is defined.

A law may only demand what the contract, an RFC or the ingest's real behaviour demands. It is given
an exchange and its context, and returns None when it has nothing to say about that exchange, else
the ways in which the exchange breaks it: none, when it is kept.

How its findings are distinguished, put into words, ranked, placed in the contract and explained by those
of other laws stands in the same definition. Nothing outside this package knows a law by its name.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from bothends.contract.messages import best_match
from bothends.records import INGEST, Answer, Breach, Cause, Claim, Severity
from bothends.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.contract import Contract, Operation
    from bothends.records import Exchange, Mixed, NoAnswer, SameTag, UpstreamCall


# What an exchange was about, in so few words that all cases of one promise share them.

BODY, SESSION, CONNECTION, END, METHODS = "body", "session", "connection", "end", "methods"

# Families that are about one part of a request. What is not named here is an area of its own.
AREAS = {
    **dict.fromkeys(
        (
            *("success", "malformed-body", "unsupported-media-type", "body-too-large", "invalid-body", "odd-body"),
            *("odd-media-types", "content-codings", "fuzz-valid", "fuzz-invalid", "coverage"),
        ),
        BODY,
    ),
    **dict.fromkeys(("signed-in", "signed-out", "forbidden"), SESSION),
    **dict.fromkeys(("framing", "slow-clients", "disconnects"), CONNECTION),
    **dict.fromkeys(("around-stop", "in-flight-at-stop", "start-and-stop"), END),
}


@dataclass(frozen=True, slots=True)
class FindingContext:
    """What the traits of an exchange are read by: names that a contract gives.

    Attributes:
        parts: Names of the world's parts, `ingest` among them.
        refusals: For each status by which a request is refused, what such a refusal is about.
        declared: Statuses that an operation declares.
    """

    parts: tuple[str, ...] = (INGEST,)
    refusals: Mapping[int, str] = field(default_factory=dict)
    declared: frozenset[int] = frozenset()

    @classmethod
    def of(cls, contract: Contract) -> FindingContext:
        """Return what a contract says of it."""
        refusals = {
            status: AREAS[family]
            for operation in contract.operations
            for answer in operation.answers
            for family in answer.families
            if family in AREAS
            for status in operation.statuses_for(answer)
        }
        declared = {
            s for operation in contract.operations for a in operation.answers for s in operation.statuses_for(a)
        }
        world = contract.settings.world
        parts = dict.fromkeys((*world.upstreams, *world.ingests, INGEST))
        return cls(tuple(parts), refusals, frozenset(declared))


class Area(NamedTuple):
    """What a request was about: a part of it, or parts of the world that had a fault.

    Attributes:
        about: One of the names above, or a family; empty where parts of the world are named.
        parts: The parts of the world that had a fault.
    """

    about: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExchangeTraits:
    """What an exchange was about.

    Attributes:
        area: The part of the world that had a fault; else what the request was about.
        unwell: The parts of the world that had a fault, or were slow; empty: none.
        plain: Whether nothing at all was odd about it.
        promised: The statuses that are right; empty: it is no request of the operation, or any will do.
        outcome: The status, or the kind of no answer.
        refused_for: What the status says that the request was refused for; else the area.
        foreign: Whether the status is undeclared, and more specific than 500.
        taken: Whether it was answered 2xx, and no success was right.
    """

    area: Area
    unwell: tuple[str, ...]
    plain: bool
    promised: frozenset[int]
    outcome: str
    refused_for: Area
    foreign: bool
    taken: bool

    @property
    def good(self) -> bool:
        """Whether a success was right."""
        return any(map(_success, self.promised))

    @property
    def right(self) -> bool:
        """Whether nothing but a success was right."""
        return bool(self.promised) and all(map(_success, self.promised))

    @property
    def let_in(self) -> bool:
        """Whether a caller who is not signed in was answered as one who is."""
        return self.taken and not self.good and self.area.about == SESSION

    @property
    def promise(self) -> str:
        """The statuses that are right, as a cause has them."""
        return ",".join(map(str, sorted(int(status) for status in self.promised)))

    def cause(self, kind: str, *, status: str = "") -> Cause:
        """Return a cause that is distinguished by what the request was about."""
        return cause_in(self.area, kind, status=status)


def cause_in(area: Area, kind: str, *, status: str = "") -> Cause:
    """Return a cause that is distinguished by an area."""
    return Cause(kind, about=area.about, upstream=",".join(area.parts), status=status)


def _success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 -- the class of successes, RFC 9110 section 15.3


def outcome_of(answer: Answer | NoAnswer) -> str:
    """Return the status of an answer, or the kind of no answer.

    Whether a connection that ends is reset is up to chance: it depends on what was still unread (RFC 9293 section
    3.10.7.4). So both are one.
    """
    if isinstance(answer, Answer):
        return str(answer.status)
    return "closed" if answer.kind == "reset" else answer.kind


def exchange_traits(exchange: Exchange, finding_context: FindingContext) -> ExchangeTraits:
    """Return what an exchange was about."""
    case, answer = exchange.case, exchange.answer
    promised = frozenset() if case.expect.any_answer else case.expect.statuses
    named = AREAS.get(case.family, case.family)
    refused_for = {finding_context.refusals.get(status, "") for status in promised}
    if len(refused_for) == 1:
        named = refused_for.pop() or named
    if case.family == "coverage" and not promised:
        named = METHODS  # what is generated beside bodies, and is no request of the operation, has another method
    subjects = {condition.subject for condition in case.given}
    unwell = tuple(part for part in finding_context.parts if part in subjects)
    area = Area(parts=unwell) if unwell and named != END else Area(named)
    told = finding_context.refusals.get(getattr(answer, "status", 0))
    return ExchangeTraits(
        area=area,
        unwell=unwell,
        plain=case.family == "success" and case.name in {"usual", f"{case.operation}.usual"},
        promised=promised,
        outcome=outcome_of(answer),
        refused_for=area if told is None or area.parts or area.about == END else Area(told),
        foreign=isinstance(answer, Answer) and answer.status not in {*finding_context.declared, 500},
        taken=isinstance(answer, Answer) and answer.success and not any(map(_success, promised)),
    )


@dataclass(frozen=True, slots=True)
class LawContext:
    """What laws judge by, beside the exchange.

    Attributes:
        operation: The operation under test.
        seed: The run's seed, by which tokens are recognised.
        secrets: Texts that no answer and no event may hold: keys, the session secret.
        signing_secrets: Those of them that deliveries are signed with.
        places: `host:port` of all services of the world; no answer may reveal them.
        named_by_callers: Those of them that requests have in them: to callers, they are no secret.
        time_limit: T_max, seconds.
        calls: Upstream calls of this batch and the batches before it, by their number.
        swapped: Exchanges whose events carried each other's users, each with its partners.
        misplaced: Exchanges whose event carries an upstream's answer that was another's, each with the upstream.
        mixed: Exchanges whose event has the trace or a text of another exchange, each with what is of which.
        guarantees: What the target guarantees in its settings.
        sessionless: Upstreams that the caller's session is not for, as the settings say.
        finding_context: What an exchange is about is read by it.
        strict_statuses: Whether each status must be declared, of a refusal as well, as the settings say.
        setup: All that the target's setup has yielded, each value by its name: once for each start.
        wall: Returns which time the system had at a time of the run: the same, unless its clock was set.
        unsettled: Exchanges that may have been refused as a value in their request was taken, which no schema says; or
            whose answer may be due to other requests that were under way. Its status accuses nobody.
        given_before: Exchanges whose answer has a value that an earlier one of another request had, where each is to
            make a new one: the JSON pointer of each, with the number of the earlier exchange.
        same_tags: Exchanges whose answer has a strong tag that another content had.
        stored: The operation that has taken each value that it had to refuse, by its member and text: see `stored_as`.
    """

    operation: Operation
    seed: int
    secrets: tuple[str, ...] = ()
    signing_secrets: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    named_by_callers: frozenset[str] = frozenset()
    time_limit: float = 10.0
    calls: Mapping[int, UpstreamCall] = field(default_factory=dict)
    swapped: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    misplaced: frozenset[tuple[int, str]] = frozenset()
    mixed: Mapping[int, Mixed] = field(default_factory=dict)
    guarantees: frozenset[str] = frozenset()
    sessionless: frozenset[str] = frozenset()
    finding_context: FindingContext = field(default_factory=FindingContext)
    strict_statuses: bool = False
    setup: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    wall: Callable[[float], float] = float
    unsettled: frozenset[int] = frozenset()
    given_before: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    same_tags: Mapping[int, SameTag] = field(default_factory=dict)
    stored: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def declared(self, exchange: Exchange) -> bool:
        """Whether the exchange's method is the operation's: the answer laws hold for no other."""
        return exchange.case.request.method == self.operation.method

    def answerable(self, exchange: Exchange) -> bool:
        """Whether the answer laws hold for an exchange: the operation's own answer, of a target that must answer."""
        expect = exchange.case.expect
        return self.declared(exchange) and not expect.any_answer and not self.rightly_refused(exchange)

    def rightly_refused(self, exchange: Exchange) -> bool:
        """Whether the answer is a refusal that the operation does not declare, and that is right all the same.

        Any server may refuse what is malformed, too large, of another media type or not signed in; the settings may
        demand that each status is declared.
        """
        expect = exchange.case.expect
        if not (expect.any_refusal or expect.any_redirect) or not self.foreign(exchange):
            return False
        answer = exchange.answer
        declared = isinstance(answer, Answer) and self.operation.answer_for(answer.status) is not None
        return declared or not self.strict_statuses

    def unpromised(self, exchange: Exchange) -> bool:
        """Whether a success breaks nothing though the request is refused: the operation declares no refusal."""
        return exchange.case.expect.unpromised and not self.strict_statuses

    def promised(self, exchange: Exchange) -> bool:
        """Whether the target guarantees what may otherwise be answered in several ways."""
        return exchange.case.expect.promise in self.guarantees

    def foreign(self, exchange: Exchange) -> bool:
        """Whether the answer is a refusal that the operation does not declare, with this status or in this media type.

        That is a 4xx; and a 3xx, where a redirect is right.
        An HTTP library's own refusal may have a status that the operation declares as well.
        """
        answer, redirect = exchange.answer, exchange.case.expect.any_redirect
        least = 300 if redirect else 400  # RFC 9110 sections 15.4 and 15.5
        if not isinstance(answer, Answer) or not least <= answer.status < 500:  # noqa: PLR2004 -- as above
            return False
        declared = self.operation.answer_for(answer.status)
        if declared is None or not declared.content:
            return declared is None
        return answer.media_type is None or not best_match(answer.media_type, declared.content)


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which an exchange breaks a law, before it has the law's name.

    Attributes:
        cause: What is wrong, as data.
        summary: What is wrong, in one sentence.
        expected: What the contract promises.
        actual: What was seen.
        claim: What it says of the events of the exchange.
    """

    cause: Cause
    summary: str
    expected: str
    actual: str
    claim: Claim = Claim.EACH
    alike: str = ""
    """What it has in common with what is wrong in other places; empty: nothing is known of it."""
    stored_by: str = ""
    """The operation that has taken all values that are wrong: see `Breach.stored_by`."""


class Scope(StrEnum):
    """What a law is about, and so where in the contract its promise stands. In the order in which laws are judged.

    What is wrong with an event is often the reason for a wrong answer: an event that the ingest refuses makes of
    each good request a 502. So the laws on events come first.
    """

    EVENT = "event"
    """What is sent: its promise stands at the callback."""
    EXCHANGE = "exchange"
    """What is done for a request beside its event and its answer: its promise stands at the operation."""
    LIFECYCLE = "lifecycle"
    """How the target starts and ends."""
    ANSWER = "answer"
    """What is answered: its promise stands at the response."""
    PACT = "pact"
    """What a consumer relies on: its promise stands at the interaction."""
    CHECK = "check"
    """What a generator checks of its own cases: of no request but those that it made."""


class Precedence(IntEnum):
    """Where a law's causes stand among those of one run: the first explain."""

    FIRST = -1
    """What comes too early, too late or for another caller makes all else go wrong."""
    NORMAL = 0
    LAST = 99
    """Others report the same better."""


Judge = Callable[["Exchange", LawContext], Sequence[Violation] | None]


class Evidence(Protocol):
    """What all breaches of one law by one cause have in common: by it, laws say what explains what."""

    @property
    def law(self) -> Law:
        """The law."""

    @property
    def cause(self) -> Cause:
        """By what it is broken."""

    @property
    def families(self) -> set[str]:
        """Families of the cases that showed it."""

    @property
    def exchanges(self) -> int:
        """How many exchanges broke the law by this cause."""

    @property
    def variety(self) -> str:
        """In which variety it is broken, as words; empty: nothing is known of it."""

    @property
    def outcomes(self) -> set[str]:
        """How they were answered."""

    @property
    def area(self) -> Area:
        """What they were about."""

    @property
    def unwell(self) -> tuple[str, ...]:
        """The parts of the world that had a fault, when they were the same each time."""

    @property
    def bodies(self) -> set[str]:
        """Digests of what the requests had as bodies, where it has a variety."""

    @property
    def right(self) -> bool:
        """Whether nothing but a success was right for one of the requests."""

    @property
    def taken(self) -> bool:
        """Whether each was answered 2xx where no success was right."""

    @property
    def let_in(self) -> bool:
        """Whether a caller who is not signed in was answered as one who is."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What explains a law's breaches, seen from the law that is explained.

    Attributes:
        law: The name of the law that explains, or all that are of a scope.
        when: Whether it does, given what shows the explaining law, and what shows the explained one.
        in_each: Whether each exchange that shows the one must show the other as well; else they may be apart.
    """

    law: str | Scope
    when: Callable[[Evidence, Evidence], bool] = lambda _, __: True
    in_each: bool = True


def _as_judged(violation: Violation, _: ExchangeTraits) -> Cause:
    return violation.cause


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """A law of bothends, with all that is known of it.

    Attributes:
        name: Its name, as findings and documents have it.
        demands: What it demands, in one sentence.
        source: What it stands on: a section of an RFC, the contract, the ingest's behaviour.
        judge: The predicate; None: it is no predicate over an exchange; its breaches are made elsewhere.
        severity: What its breach weighs, at the worst.
        scope: What it is about.
        cause: What distinguishes its findings, the same for all cases in which one promise is broken in one way.
            It is given one way in which an exchange breaks the law, and what the exchange was about.
        variety: What tells its breaches by one cause apart that need to be mended apart: see `Breach.variety`.
        leads: Whether what shows this law explains others of one cause before they do it.
        words: How each kind of cause is put into words: see `bothends.laws.wording.cause_in_words`.
        yields_to: Laws whose breach by the same exchange says all that there is to say: this one's is left out.
        explained_by: What explains its findings, which then stand below those. A name is an `Explanation` that holds
            in each exchange.
        explains: Whether what shows this law explains what shows another one, whatever laws there are.
        superseded_by: Laws that report a wrong answer better; None: it does not report wrong answers.
        precedence: Where its causes stand among others.
        by_area: Whether it is broken in one area after the other when it is wrong everywhere.
        about_content: Whether it is about what is in an event.
        needs_tie: Whether it goes by which exchange an event is tied to, and not by what is in it.
        builds_up: Whether it takes many exchanges to break it, on a target that was just started.
        restates: Whether each error in its exchanges explains it, and each of its causes is reported to the consumer
            that relies on it.
        needs_success: Whether what it demands follows a success: it says nothing of an operation of which no valid
            request ever succeeds.
        of_a_router: Whether it holds of an answer also where a router has given it, of a path that no operation has.
        blames_fault: Whether it reports what a fault has left behind: the cause of all that is answered alike, where
            plain requests are not.
        is_case: Whether an exchange is made for this law, or has what it is about, whatever came of it; where there are
            such exchanges and none could be judged, that is said. None: nothing tells.
        lacks: Why such an exchange could not be judged, for a person to read: `the machine was too busy`.
        as_check: Whether Schemathesis runs it as a check. Of the others, some are of answers, which Schemathesis has
            checks for; some are of faults, of unusual requests and of the target's end, which Schemathesis does not
            have; and some only warn.
    """

    name: str
    demands: str
    source: str
    judge: Judge | None = None
    severity: Severity = Severity.ERROR
    scope: Scope = Scope.EXCHANGE
    cause: Callable[[Violation, ExchangeTraits], Cause] = _as_judged
    variety: Callable[[Exchange, LawContext], str] = lambda _, __: ""
    leads: Callable[[Evidence], bool] = lambda _: False
    words: Mapping[str, str] = field(default_factory=dict)
    yields_to: tuple[str, ...] = ()
    explained_by: tuple[str | Explanation, ...] = ()
    explains: Callable[[Evidence, Evidence], bool] = lambda _, __: False
    superseded_by: tuple[str, ...] | None = None
    precedence: Precedence = Precedence.NORMAL
    by_area: bool = False
    about_content: bool = False
    needs_tie: bool = False
    builds_up: bool = False
    restates: bool = False
    needs_success: bool = False
    of_a_router: bool = False
    blames_fault: bool = False
    is_case: Callable[[Exchange, LawContext], bool] | None = None
    lacks: Callable[[Exchange, LawContext], str] = lambda _, __: ""
    as_check: bool = False

    @property
    def tells_status(self) -> bool:
        """Whether it reports that an answer is not the one promised."""
        return self.superseded_by is not None

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        """What explains its findings."""
        return tuple(Explanation(one) if isinstance(one, str) else one for one in self.explained_by)

    def breaches(self, exchange: Exchange, context: LawContext) -> list[Breach] | None:
        """Judge an exchange.

        Args:
            exchange: What was recorded.
            context: What it is judged by.

        Returns:
            None when the law has nothing to say about it; else its breaches, none when it is kept. Each has the
            cause that distinguishes findings.
        """
        if self.judge is None or (exchange.again is not None and self.scope is Scope.EVENT and exchange.repeated):
            return None  # what a repeated request causes is of the one that it repeats
        if self.scope is Scope.EVENT and exchange.case.events_in_doubt:
            return None  # see `records.Case`
        broken = self.judge(exchange, context)
        if not broken:
            return None if broken is None else []
        seen = exchange_traits(exchange, context.finding_context)
        variety = self.variety(exchange, context)
        return [
            replace(self.breach(replace(one, cause=self.cause(one, seen)), exchange), variety=variety) for one in broken
        ]

    def breach(
        self, violation: Violation, exchange: Exchange | None = None, severity: Severity | None = None
    ) -> Breach:
        """Return a breach of this law.

        Args:
            violation: How it is broken.
            exchange: The exchange that shows it; None when no exchange can be named.
            severity: What it weighs; None: what this law's breaches weigh.
        """
        weighs = severity or self.severity
        return Breach(
            self.name,
            weighs,
            violation.cause,
            violation.summary,
            violation.expected,
            violation.actual,
            exchange,
            violation.claim,
            alike=violation.alike,
            stored_by=violation.stored_by,
        )


# All laws: each is registered where it is defined, in the package or outside it.
#
# The order follows from what laws say of each other: a law is judged after those that it yields to and those that
# explain it; among the others, by scope and then by name.

_LAWS: Registry[Law] = Registry("law", lambda law: law.name)
_SCOPES = {scope: place for place, scope in enumerate(Scope)}


def register(law: Law) -> Law:
    """Take a law in, and return it; a second one of its name is a `HarnessError`."""
    _LAWS.add(law)
    _forget()
    return law


def unregister(name: str) -> None:
    """Leave a law out from now on; an unknown name is a `KeyError`."""
    _LAWS.remove(name)
    _forget()


def law_of(name: str) -> Law:
    """Return the law of a name, or of `FAMILY` in `FAMILY:NAME`; of one not registered, only the name is known."""
    known = _LAWS.find(name) or _LAWS.find(name.partition(":")[0])
    return Law(name, "", "", precedence=Precedence.LAST) if known is None else known


@cache
def all_laws() -> tuple[Law, ...]:
    """Return all laws, those that are judged by exchange first, each after those that explain it; see `ordered`."""
    every = ordered(_LAWS)
    return tuple(sorted(every, key=lambda law: law.judge is None))


def judged_laws() -> tuple[Law, ...]:
    """Return the laws that are predicates over exchanges, in the order in which they are judged."""
    return tuple(law for law in all_laws() if law.judge is not None)


@cache
def place_of(name: str) -> int:
    """Return where a law stands among all; one that is not registered is the last."""
    return next((place for place, law in enumerate(all_laws()) if law.name == name), len(_LAWS))


@cache
def directness(name: str) -> int:
    """Return how well a law reports that an answer is not the one promised: 1 is the best; 0: it does not."""
    better = law_of(name).superseded_by
    return 0 if better is None else 1 + max(map(directness, better), default=0)


def ordered(laws: Iterable[Law]) -> tuple[Law, ...]:
    """Return laws in an order in which each comes after those that it yields to, and those that explain it.

    Raises:
        ValueError: One names a law that is not among them, or two wait for each other.
    """
    every = {law.name: law for law in laws}
    waits = {name: set(before(law)) for name, law in every.items()}
    for name, others in waits.items():
        if missing := sorted(others - every.keys()):
            raise ValueError(f"{name!r} names {missing}, and there is no such law")
    found: list[Law] = []
    ready = [_first(law) for name, law in every.items() if not waits[name]]
    heapq.heapify(ready)
    while ready:
        *_, name = heapq.heappop(ready)
        found.append(every[name])
        for other, others in waits.items():
            if name in others:
                others.remove(name)
                if not others:
                    heapq.heappush(ready, _first(every[other]))
    if len(found) < len(every):
        raise ValueError(f"laws explain each other: {sorted(name for name, others in waits.items() if others)}")
    return tuple(found)


def before(law: Law) -> Sequence[str]:
    """Return the names of the laws that must be judged before a law."""
    explained = [one.law for one in law.explanations if not isinstance(one.law, Scope)]
    return [*law.yields_to, *explained]


def _first(law: Law) -> tuple[int, str]:
    return _SCOPES[law.scope], law.name


def _forget() -> None:
    for known in (all_laws, place_of, directness):
        known.cache_clear()
