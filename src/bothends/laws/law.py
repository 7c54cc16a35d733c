"""What a law is: a predicate over exchanges, with all that is known of it, stated where it is defined.

A law may only demand what the contract, an RFC or the ingest's real behaviour demands. It is given
an exchange and its grounds, and returns None when it has nothing to say about that exchange, else
the ways in which the exchange breaks it: none, when it is kept.

How its findings are told apart, put into words, ranked, placed in the contract and explained by those
of other laws stands in the same definition. Nothing outside this package knows a law by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Protocol

from bothends.contract.media_types import best_match
from bothends.laws.situation import Area, Situation, Terrain, situation
from bothends.records import Answer, Breach, Cause, Severity

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.records import Exchange, UpstreamCall


@dataclass(frozen=True, slots=True)
class Grounds:
    """What laws judge by, beside the exchange.

    Attributes:
        operation: The operation under test.
        seed: The run's seed, by which tokens are told from chance text.
        secrets: Texts that no answer and no event may hold: keys, the session secret.
        places: `host:port` of all that the world plays; no answer may tell them.
        time_limit: T_max, seconds.
        calls: Upstream calls of this wave and the waves before it, by their number.
        swapped: Exchanges whose events carried each other's users, each with its partners.
        misplaced: Exchanges whose event carries an upstream's answer that was another's, each with the upstream.
        promises: What the target promises beyond what is demanded of all, as the settings say.
        sessionless: Upstreams that the caller's session is not for, as the settings say.
        terrain: What an exchange is about is read by it.
        strict_statuses: Whether each status must be declared, of a refusal as well, as the settings say.
    """

    operation: Operation
    seed: int
    secrets: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    time_limit: float = 10.0
    calls: Mapping[int, UpstreamCall] = field(default_factory=dict)
    swapped: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    misplaced: frozenset[tuple[int, str]] = frozenset()
    promises: frozenset[str] = frozenset()
    sessionless: frozenset[str] = frozenset()
    terrain: Terrain = field(default_factory=Terrain)
    strict_statuses: bool = False

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

    def promised(self, exchange: Exchange) -> bool:
        """Whether the target has promised what may else be answered in several ways."""
        return exchange.case.expect.promise in self.promises

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
class Broken:
    """One way in which an exchange breaks a law, before it bears the law's name.

    Attributes:
        cause: What is wrong, as data.
        summary: What is wrong, in one sentence.
        expected: What the contract promises.
        actual: What was seen.
    """

    cause: Cause
    summary: str
    expected: str
    actual: str


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
    """It is about time: what comes too early or too late makes all else go wrong."""
    NORMAL = 0
    LAST = 99
    """It tells of what others tell better."""


Judge = Callable[["Exchange", Grounds], Sequence[Broken] | None]


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
    def outcomes(self) -> set[str]:
        """How they were answered."""

    @property
    def area(self) -> Area:
        """What they were about."""

    @property
    def unwell(self) -> tuple[str, ...]:
        """The parts of the world that were not well, when they were the same each time."""

    @property
    def right(self) -> bool:
        """Whether nothing but a success was right for one of the requests."""

    @property
    def taken(self) -> bool:
        """Whether each was answered 2xx where no success was right."""

    @property
    def let_in(self) -> bool:
        """Whether a caller was taken for one who is signed in."""


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


def _as_judged(broken: Broken, _: Situation) -> Cause:
    return broken.cause


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """A law of bothends, with all that is known of it.

    Attributes:
        name: Its name, as findings and documents have it.
        demands: What it demands, in one sentence.
        source: What it stands on: a section of an RFC, the contract, the ingest's behaviour.
        judge: The predicate; None: it is no predicate over an exchange, and whoever judges it makes its breaches.
        severity: What its breach weighs, at the worst.
        scope: What it is about.
        cause: What its findings are told apart by, the same for all cases in which one promise is broken in one way.
            It is given one way in which an exchange breaks the law, and what the exchange was about.
        words: How each kind of cause is put into words: see `bothends.laws.wording.cause_in_words`.
        yields_to: Laws whose breach by the same exchange says all that there is to say: this one's is left out.
        explained_by: What explains its findings, which then stand below those. A name is an `Explanation` that holds
            in each exchange.
        explains: Whether what shows this law explains what shows another one, whatever laws there are.
        better_told_by: Laws that tell better that an answer is not the one promised; None: it is no law that tells so.
        precedence: Where its causes stand among others.
        by_area: Whether it is broken in one area after the other when it is wrong everywhere.
        about_content: Whether it is about what is in an event.
        needs_tie: Whether it goes by which exchange an event is tied to, and not by what is in it.
        builds_up: Whether it takes many exchanges to break it, on a target that was just started.
        restates: Whether each error in its exchanges explains it, and each of its causes is told to whoever relies
            on it.
        blames_fault: Whether it tells of what a fault has left behind: the cause of all that is answered alike, where
            plain requests are not.
        as_check: Whether Schemathesis runs it as a check. Of the others, some are of answers, which Schemathesis has
            checks for; some are of faults, of requests that are sent in odd ways and of the target's end, none of
            which comes to pass there; and some only warn.
    """

    name: str
    demands: str
    source: str
    judge: Judge | None = None
    severity: Severity = Severity.ERROR
    scope: Scope = Scope.EXCHANGE
    cause: Callable[[Broken, Situation], Cause] = _as_judged
    words: Mapping[str, str] = field(default_factory=dict)
    yields_to: tuple[str, ...] = ()
    explained_by: tuple[str | Explanation, ...] = ()
    explains: Callable[[Evidence, Evidence], bool] = lambda _, __: False
    better_told_by: tuple[str, ...] | None = None
    precedence: Precedence = Precedence.NORMAL
    by_area: bool = False
    about_content: bool = False
    needs_tie: bool = False
    builds_up: bool = False
    restates: bool = False
    blames_fault: bool = False
    as_check: bool = False

    @property
    def tells_status(self) -> bool:
        """Whether it tells that an answer is not the one promised."""
        return self.better_told_by is not None

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        """What explains its findings."""
        return tuple(Explanation(one) if isinstance(one, str) else one for one in self.explained_by)

    def breaches(self, exchange: Exchange, grounds: Grounds) -> list[Breach] | None:
        """Judge an exchange.

        Args:
            exchange: What was witnessed.
            grounds: What it is judged by.

        Returns:
            None when the law has nothing to say about it; else its breaches, none when it is kept. Each bears the
            cause that findings are told apart by.
        """
        broken = None if self.judge is None else self.judge(exchange, grounds)
        if broken is None:
            return None
        if not broken:
            return []
        seen = situation(exchange, grounds.terrain)
        return [self.breach(replace(one, cause=self.cause(one, seen)), exchange) for one in broken]

    def breach(self, broken: Broken, exchange: Exchange | None = None, severity: Severity | None = None) -> Breach:
        """Return a breach of this law.

        Args:
            broken: How it is broken.
            exchange: The exchange that shows it; None when no exchange can be named.
            severity: What it weighs; None: what this law's breaches weigh.
        """
        weighs = severity or self.severity
        return Breach(self.name, weighs, broken.cause, broken.summary, broken.expected, broken.actual, exchange)
