"""The laws of upstreams: what is called, and that the target works again when they do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.conditions import kind_of
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.wording import outcome
from bothends.records import CANARY, Answer, Cause

if TYPE_CHECKING:
    from bothends.laws.law import Evidence, ExchangeTraits
    from bothends.records import Exchange


# The target calls no address that a credential names.


def _judge_lures(exchange: Exchange, _context: LawContext) -> list[Violation] | None:
    if not any(kind_of(condition.name).lures for condition in exchange.case.given):
        return None
    calls = [call for call in exchange.calls if call.upstream == CANARY]
    if not calls:
        return []
    return [
        Violation(
            cause=Cause("called"),
            summary="The target called an address that a caller's credential names.",
            expected="keys from the addresses that the target was given",
            actual=f"{calls[0].request_line}, to an address of the caller's",
        )
    ]


KEY_ADDRESS_NOT_CALLED = register(
    Law(
        name="key-address-not-called",
        demands="The target calls no address that a credential names, such as `jku` or `x5u` of a token.",
        source="RFC 8725 section 3.10: blindly following a jku or x5u header may result in server-side request forgery",
        judge=_judge_lures,
        scope=Scope.EXCHANGE,
        words={"called": "the address of a key that the caller names"},
    )
)


# The request after a fault succeeds again.

FAMILY = "recovered"


def _judge_recovers(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if exchange.case.family != FAMILY or (exchange.excuse and not isinstance(answer, Answer)):
        return None
    if exchange.number in context.unsettled:
        return None  # it is refused for what it asks for
    if isinstance(answer, Answer) and exchange.case.expect.allows(answer.status):
        return []
    return [
        Violation(
            cause=Cause("after-a-fault"),
            summary=f"A valid request does not succeed {exchange.case.name}.",
            expected=f"a success, because {exchange.case.expect.why}",
            actual=outcome(answer),
        )
    ]


def _lacks(exchange: Exchange, _context: LawContext) -> str:
    return exchange.excuse or (
        "the request may have been refused for a value that was taken, for others under way, "
        "or as none had succeeded before"
    )


def _cause(broken: Violation, seen: ExchangeTraits) -> Cause:
    # It is one cause, after any fault of an upstream.
    return replace(broken.cause, status=seen.outcome)


def _explains(one: Evidence, other: Evidence) -> bool:
    """Whether the other wrong answers are the same: the target did not recover from a fault."""
    return other.law.tells_status and other.outcomes <= one.outcomes


RECOVERS = register(
    Law(
        name="recovers",
        demands="When an upstream is healthy again, the next request succeeds.",
        source="the contract: only the state of the world is given as a reason for a 5xx",
        judge=_judge_recovers,
        scope=Scope.EXCHANGE,
        cause=_cause,
        words={"after-a-fault": "{status}"},
        is_case=lambda exchange, _: exchange.case.family == FAMILY,
        lacks=_lacks,
        explains=_explains,
        superseded_by=("declared-status",),
        needs_success=True,
        blames_fault=True,
        yields_to=("nothing-dropped", "right-address", "event-for-success"),
    )
)
