"""What a law is: a predicate over exchanges, with a name, a weight, and what it stands on.

A law may only demand what the contract, an RFC or the ingest's real behaviour demands. It is given
an exchange and its grounds, and returns None when it has nothing to say about that exchange, else
the ways in which the exchange breaks it: none, when it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bothends.contract.media_types import best_match
from bothends.records import Answer, Breach, Severity

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

    def declared(self, exchange: Exchange) -> bool:
        """Whether the exchange's method is the operation's: the answer laws hold for no other."""
        return exchange.case.request.method == self.operation.method

    def answerable(self, exchange: Exchange) -> bool:
        """Whether the answer laws hold for an exchange: the operation's own answer, of a target that must answer."""
        expect = exchange.case.expect
        open_ = expect.any_refusal or expect.any_redirect
        return self.declared(exchange) and not expect.any_answer and not (open_ and self.foreign(exchange))

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


Judge = Callable[["Exchange", Grounds], Sequence["Broken"] | None]


@dataclass(frozen=True, slots=True)
class Broken:
    """One way in which an exchange breaks a law, before it bears the law's name.

    Attributes:
        cause: What findings of this law are told apart by.
        summary: What is wrong, in one sentence.
        expected: What the contract promises.
        actual: What was seen.
    """

    cause: str
    summary: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Law:
    """A law of bothends.

    Attributes:
        name: Its name, as findings and documents have it.
        demands: What it demands, in one sentence.
        source: What it stands on: a section of an RFC, the contract, the ingest's behaviour.
        judge: The predicate.
        severity: What its breach weighs.
        yields_to: Laws whose breach by the same exchange explains this one's, which is then left out.
        builds_up: Whether it takes many exchanges to break it, on a target that was just started.
    """

    name: str
    demands: str
    source: str
    judge: Judge
    severity: Severity = Severity.ERROR
    yields_to: tuple[str, ...] = ()
    builds_up: bool = False

    def breaches(self, exchange: Exchange, grounds: Grounds) -> list[Breach] | None:
        """Judge an exchange.

        Args:
            exchange: What was witnessed.
            grounds: What it is judged by.

        Returns:
            None when the law has nothing to say about it; else its breaches, none when it is kept.
        """
        broken = self.judge(exchange, grounds)
        if broken is None:
            return None
        return [Breach(self.name, self.severity, b.cause, b.summary, b.expected, b.actual, exchange) for b in broken]
