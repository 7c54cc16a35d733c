"""The laws of what a target promises beyond its spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.settings import DRAINS, GUARANTEES, KEEPS_NO_COOKIES, REFUSES_FIRST, REUSES_CONNECTIONS
from bothends.laws.events import BY_ONE_ID
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.wording import outcome, part, statuses
from bothends.records import INGEST, KEPT_COOKIE, MANY_IDLE, Answer, Cause, NoAnswer, Severity

if TYPE_CHECKING:
    from bothends.records import Exchange


# A target that promises to keep no cookies sends none that an upstream has set.


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
            summary=f"A request to {part(who)} carries a cookie that it was given with an earlier answer.",
            expected="no such cookie: all callers share the jar, and the target promises to have none",
            actual="the cookie is in the request's headers",
        )
        for who in sorted(kept)
    ]


KEEPS_NO_COOKIES_LAW = register(
    Law(
        name="keeps-no-cookies",
        demands="A target that promises to keep no cookies sends none back to an upstream that has set one.",
        source="the contract: keeps_no_cookies in the settings file; CWE-488",
        judge=_judge_keeps_no_cookies,
        scope=Scope.EXCHANGE,
        words={"cookie": "cookie to {who}"},
    )
)


# A target that promises to use its connections again leaves no heap of idle ones.


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
            summary=f"A new connection to {part(upstream)} is opened beside {idle} that lie idle.",
            expected="a connection that is used again, or closed: more are open than there were requests at once",
            actual=f"{idle} connections that the target keeps open and does not use; it will run out of files",
        )
    ]


REUSES_CONNECTIONS_LAW = register(
    Law(
        name="reuses-connections",
        demands="A target that promises to use its connections again does so, or closes them: "
        "idle ones do not build up.",
        source="the contract: reuses_connections in the settings file; RFC 9112 section 9.4; CWE-772",
        judge=_judge_reuses_connections,
        scope=Scope.EXCHANGE,
        builds_up=True,
    )
)


# A request that is refused calls nothing upstream.


def called_for_nothing(exchange: Exchange) -> list[Violation] | None:
    """Return what was called for a request that is refused; None for one that is not, or is not answered."""
    answer = exchange.answer
    if not exchange.case.expect.refused or not isinstance(answer, Answer) or answer.success:
        return None
    called = sorted({c.upstream for c in exchange.calls}) + [INGEST] * bool(exchange.deliveries)
    if not called:
        return []
    told = ", ".join(map(part, called))
    return [
        Violation(
            cause=Cause("called", upstream=",".join(called)),
            summary=f"A request that is refused ({exchange.case.family}) has called {told}.",
            expected="no call upstream",
            actual=f"{told} was called",
        )
    ]


def _judge_untouched_when_refused(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    return None if REFUSES_FIRST in context.guarantees else called_for_nothing(exchange)


UNTOUCHED_WHEN_REFUSED_LAW = register(
    Law(
        name="untouched-when-refused",
        demands="A request that the contract refuses calls nothing upstream.",
        source="OWASP API4:2023, unrestricted resource consumption",
        judge=_judge_untouched_when_refused,
        scope=Scope.EXCHANGE,
        words={"called": "{parts}"},
        severity=Severity.WARNING,
        yields_to=("no-event-without-success",),
    )
)


# A target that promises to refuse first calls nothing upstream for a request that it refuses.


def _judge_refuses_first(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    return called_for_nothing(exchange) if REFUSES_FIRST in context.guarantees else None


REFUSES_FIRST_LAW = register(
    Law(
        name="refuses-first",
        demands="A target that promises to refuse first calls nothing upstream for a request that it refuses.",
        source="the contract: refuses_first in the settings file",
        judge=_judge_refuses_first,
        scope=Scope.EXCHANGE,
        words={"called": "{parts}"},
        explained_by=(BY_ONE_ID,),
        needs_tie=True,
        yields_to=("no-event-without-success",),
    )
)


# What a target promises in its settings holds, where correct targets do one thing or another.

_SUCCESSES = range(200, 300)


def _judge_as_promised(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    expect, answer = exchange.case.expect, exchange.answer
    if not context.promised(exchange) or (exchange.excuse and not isinstance(answer, Answer)):
        return None
    # Who promises to refuse may close the connection as well.
    refused = not isinstance(answer, Answer) and not any(status in _SUCCESSES for status in expect.promised)
    if refused or (isinstance(answer, Answer) and answer.status in expect.promised | expect.absent):
        return []
    return [
        Violation(
            cause=Cause("promise", location=expect.promise),
            summary=f"A promise is broken ({expect.promise}): {exchange.case.label} is answered {outcome(answer)}.",
            expected=f"{statuses(expect.promised)}: the target promises {GUARANTEES[expect.promise]}",
            actual=outcome(answer),
        )
    ]


AS_PROMISED_LAW = register(
    Law(
        name="as-promised",
        demands="What a target promises in its settings, beyond what is demanded of all, holds.",
        source="the contract: the promises in the settings file",
        judge=_judge_as_promised,
        scope=Scope.EXCHANGE,
        words={"promise": "{location}"},
        yields_to=("no-event-without-success", "event-for-success", "drains", "answered-in-time", "family-status"),
    )
)


# What is in flight at SIGTERM is answered, where the contract promises so.

IN_FLIGHT = "in-flight-at-stop"
"""Family of the requests that the target had begun with when it was asked to end."""


def _judge_drains(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if exchange.case.family != IN_FLIGHT or DRAINS not in context.guarantees or exchange.excuse:
        return None
    if not isinstance(exchange.answer, NoAnswer):
        return []
    return [
        Violation(
            cause=Cause("unanswered"),
            summary="A request that was in flight at SIGTERM is not answered.",
            expected="an answer, as the settings say that the target drains",
            actual=outcome(exchange.answer),
        )
    ]


DRAINS_LAW = register(
    Law(
        name="drains",
        demands="A target that promises to drain answers what is in flight at SIGTERM.",
        source="the contract: drains in the settings file",
        judge=_judge_drains,
        scope=Scope.LIFECYCLE,
        words={"unanswered": "one and the same"},
    )
)
