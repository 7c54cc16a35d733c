"""The laws of what a target guarantees beyond its spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.settings import DRAINS, GUARANTEES, KEEPS_NO_COOKIES, REFUSES_FIRST, REUSES_CONNECTIONS
from bothends.laws.events import BY_ONE_ID
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.path_values import refused_for_a_value
from bothends.laws.wording import outcome, part, statuses
from bothends.records import INGEST, KEPT_COOKIE, MANY_IDLE, Answer, Cause, NoAnswer, Severity

if TYPE_CHECKING:
    from bothends.records import Breach, Exchange


# A target that guarantees to keep no cookies sends none that an upstream has set.


def _judge_keeps_no_cookies(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if KEEPS_NO_COOKIES not in context.guarantees:
        return None
    sent = [(call.upstream, call.headers) for call in exchange.calls]
    sent += [(INGEST, delivery.headers) for delivery in exchange.deliveries]
    if not sent:
        return None
    kept = {who for who, headers in sent if any(name == "cookie" and KEPT_COOKIE in text for name, text in headers)}
    return [
        Violation(
            cause=Cause("cookie", upstream=who),
            summary=f"A request to {part(who)} has a cookie from an earlier answer.",
            expected="no such cookie: all callers share the cookie jar, and the target guarantees to keep no cookies",
            actual="the cookie is in the request's headers",
        )
        for who in sorted(kept)
    ]


KEEPS_NO_COOKIES_LAW = register(
    Law(
        name="keeps-no-cookies",
        demands="A target that guarantees to keep no cookies never sends a cookie back to the upstream that set it.",
        source="the contract: keeps_no_cookies in the settings file; CWE-488",
        judge=_judge_keeps_no_cookies,
        scope=Scope.EXCHANGE,
        words={"cookie": "cookie to {who}"},
        is_case=lambda exchange, context: KEEPS_NO_COOKIES in context.guarantees and exchange.succeeded,
        lacks=lambda _, __: "the target called nobody to whom it could have sent a cookie",
    )
)


# A target that guarantees to reuse its connections does not accumulate idle ones. A guarantee, as several workers with
# a pool each may have as many.


def _judge_reuses_connections(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if REUSES_CONNECTIONS not in context.guarantees:
        return None
    opened = [(call.idle_beside, call.upstream) for call in exchange.calls]
    opened += [(delivery.idle_beside, INGEST) for delivery in exchange.deliveries]
    if not opened:
        return None
    idle, upstream = max(opened)
    if idle < MANY_IDLE:
        return []
    # One cause for all upstreams: a client that leaves connections to one open leaves them to each.
    return [
        Violation(
            cause=Cause("idle-connections-build-up"),
            summary=f"The target opened a new connection to {part(upstream)} while {idle} were idle.",
            expected="connections that are reused or closed: more are open than there were concurrent requests",
            actual=f"{idle} connections that the target keeps open and does not use; it will run out of files",
        )
    ]


REUSES_CONNECTIONS_LAW = register(
    Law(
        name="reuses-connections",
        demands="A target that guarantees to reuse connections reuses or closes each one: idle ones do not accumulate.",
        source="the contract: reuses_connections in the settings file; RFC 9112 section 9.4; CWE-772",
        judge=_judge_reuses_connections,
        scope=Scope.EXCHANGE,
        builds_up=True,
    )
)


# A refused request causes no upstream call: a warning, as no RFC forbids to ask before one refuses.


def called_for_nothing(exchange: Exchange) -> list[Violation] | None:
    """Return what was called for a request that is refused; None for one that is not, or is not answered."""
    answer = exchange.answer
    expect = exchange.case.expect
    if not expect.refused or not isinstance(answer, Answer) or answer.success:
        return None
    if expect.of_known:
        return None  # what there is, and in which state, a target may have to ask for
    called = sorted({c.upstream for c in exchange.calls}) + [INGEST] * bool(exchange.deliveries)
    if not called:
        return []
    told = " and ".join(map(part, called))
    return [
        Violation(
            cause=Cause("called", upstream=",".join(called)),
            summary=f"A refused request ({exchange.case.family}) caused a call to {told}.",
            expected="no upstream call",
            actual=f"a call to {told}",
        )
    ]


def _judge_untouched_when_refused(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    return None if REFUSES_FIRST in context.guarantees else called_for_nothing(exchange)


UNTOUCHED_WHEN_REFUSED_LAW = register(
    Law(
        name="untouched-when-refused",
        demands="A request that the contract refuses causes no upstream call.",
        source="OWASP API4:2023, unrestricted resource consumption",
        judge=_judge_untouched_when_refused,
        scope=Scope.EXCHANGE,
        words={"called": "{parts}"},
        severity=Severity.WARNING,
        needs_tie=True,
        yields_to=("no-event-without-success",),
    )
)


# A target that guarantees to refuse first makes no upstream call for a request that it refuses.


def _judge_refuses_first(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    return called_for_nothing(exchange) if REFUSES_FIRST in context.guarantees else None


REFUSES_FIRST_LAW = register(
    Law(
        name="refuses-first",
        demands="A target that guarantees to refuse first makes no upstream call for a request that it refuses.",
        source="the contract: refuses_first in the settings file",
        judge=_judge_refuses_first,
        scope=Scope.EXCHANGE,
        words={"called": "{parts}"},
        explained_by=(BY_ONE_ID,),
        needs_tie=True,
        yields_to=("no-event-without-success",),
    )
)


# What a target guarantees in its settings holds, where correct targets do one thing or another.

_SUCCESSES = range(200, 300)


def _judge_as_promised(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    expect, answer = exchange.case.expect, exchange.answer
    if not context.promised(exchange) or (exchange.excuse and not isinstance(answer, Answer)):
        return None
    # A target that guarantees to refuse may close the connection as well.
    refused = not isinstance(answer, Answer) and not any(status in _SUCCESSES for status in expect.promised)
    right = isinstance(answer, Answer) and answer.status in expect.promised | expect.absent
    if refused or right or refused_for_a_value(exchange, context.operation):
        return []
    return [
        Violation(
            cause=Cause("promise", about=expect.promise),
            summary=f"The guarantee `{expect.promise}` is broken: {exchange.case.label} got {outcome(answer)}.",
            expected=f"{statuses(expect.promised)} (guarantee: {GUARANTEES[expect.promise]})",
            actual=outcome(answer),
        )
    ]


AS_PROMISED_LAW = register(
    Law(
        name="as-promised",
        demands="The target keeps each guarantee in its settings.",
        source="the contract: the guarantees in the settings file",
        judge=_judge_as_promised,
        scope=Scope.EXCHANGE,
        words={"promise": "{about}"},
        needs_success=True,
        is_case=lambda exchange, context: context.promised(exchange),
        lacks=lambda exchange, _: exchange.excuse,
        yields_to=("no-event-without-success", "event-for-success", "drains", "answered-in-time", "family-status"),
    )
)


# A request in flight at SIGTERM is answered, if the target guarantees it.

IN_FLIGHT = "in-flight-at-stop"
"""Family of the requests that were in flight when the target was asked to stop."""


def _judge_drains(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if exchange.case.family != IN_FLIGHT or DRAINS not in context.guarantees or exchange.excuse:
        return None
    if not isinstance(exchange.answer, NoAnswer):
        return []
    return [
        Violation(
            cause=Cause("unanswered"),
            summary="A request that was in flight at SIGTERM is not answered.",
            expected="an answer: the settings guarantee `drains`",
            actual=outcome(exchange.answer),
        )
    ]


DRAINS_LAW = register(
    Law(
        name="drains",
        demands="A target that guarantees `drains` answers each request that is in flight at SIGTERM.",
        source="the contract: drains in the settings file",
        judge=_judge_drains,
        scope=Scope.LIFECYCLE,
        words={"unanswered": "not answered"},
        is_case=lambda exchange, context: exchange.case.family == IN_FLIGHT and DRAINS in context.guarantees,
        lacks=lambda exchange, _: exchange.excuse,
    )
)


# A target that guarantees to isolate faults keeps what one request meets from all others.

ISOLATES_FAULTS_LAW = register(
    Law(
        name="isolates-faults",
        demands="In a target that guarantees to isolate faults, what one request meets changes nothing for others.",
        source="the contract: isolates_faults in the settings file",
        scope=Scope.EXCHANGE,
        words={"only-beside": "broken beside other faults only"},
    )
)


def not_isolated(label: str, law: str) -> Breach:
    """Return the breach of a case that breaks a law while others meet faults, and not alone."""
    return ISOLATES_FAULTS_LAW.breach(
        Violation(
            cause=Cause("only-beside"),
            summary=f"{label} breaks the law {law} while other requests meet faults of an ingest, and not alone.",
            expected="what it shows alone: the target guarantees to isolate faults",
            actual=f"{law} is broken beside other faults only",
        )
    )
