"""What HTTP asks for where the contract says nothing: a warning where it is otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.answer.no_server_error import erred
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import circumstances, outcome, statuses
from bothends.records import Cause, NoAnswer, Severity

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer, expect = exchange.answer, exchange.case.expect
    if not expect.any_answer or grounds.promised(exchange):
        return None
    if exchange.case.request.raw is not None and grounds.declared(exchange) and erred(exchange):
        about = circumstances(exchange, grounds.operation)
        return [
            Broken(
                cause=Cause("server-error", location=exchange.case.family),
                summary=f"A message that is told in raw bytes ({about}) is a server error: {outcome(answer)}.",
                expected="any answer that is no 5xx, or none (RFC 9110 section 15.6)",
                actual=outcome(answer),
            )
        ]
    if not expect.statuses:
        return None
    if isinstance(answer, NoAnswer):
        # A server may wait for the rest of what is broken. What is whole needs no waiting.
        if answer.kind != "timeout" or expect.refused:
            return None
    elif answer.status in expect.statuses:
        return []
    return [
        Broken(
            cause=Cause("status", location=exchange.case.family, status=",".join(map(str, sorted(expect.statuses)))),
            summary=f"{exchange.case.label} is answered otherwise than HTTP asks for: {outcome(answer)}.",
            expected=f"{statuses(expect.statuses)}: {expect.why}",
            actual=outcome(answer),
        )
    ]


LAW = register(
    Law(
        name="http-status",
        demands="Where the contract is silent, HTTP's own rules say how a request is answered.",
        source="RFC 9110 section 15; RFC 9112 sections 3, 6 and 7",
        judge=_judge,
        scope=Scope.ANSWER,
        words={"server-error": "server error: {location}", "status": "{location}: not {statuses}"},
        explained_by=(Scope.EVENT,),
        better_told_by=("no-server-error",),
        severity=Severity.WARNING,
        yields_to=("not-executed", "no-event-without-success", "one-request", "no-server-error"),
    )
)
