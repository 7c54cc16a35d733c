"""Nobody is let in without a right credential, where the contract demands one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.records import Exchange

_SIGNED_OUT = "signed-out"


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    credential, security = exchange.credential, grounds.operation.security
    if credential is None or credential.right is not False or not security.demanded or exchange.case.expect.any_answer:
        return None
    let_in = exchange.succeeded and grounds.declared(exchange)
    sent = any(d.stored and d.acknowledged and d.event is not None for d in exchange.declared)
    if not let_in and not sent:
        return []
    if grounds.operation.statuses_of(_SIGNED_OUT):
        return None  # the contract gives an answer for it: the law on that answer, and those on events, speak of it
    seen = f"{exchange.answer.status}" if isinstance(exchange.answer, Answer) else "no answer"
    return [
        Broken(
            cause=Cause("let-in" if let_in else "event"),
            summary=f"{exchange.case.operation} demands sign-in, and takes a request without a right credential.",
            expected=f"a 4xx or a redirect, and no event ({security.pointer})",
            actual=f"{seen}{', and an event' if sent else ''}, though this was sent: {credential.shown}",
        )
    ]


LAW = register(
    Law(
        name="sign-in-demanded",
        demands="Without a right credential, an operation that demands one answers no 2xx and sends no event.",
        source="OpenAPI 3.1 Security Requirement Object; RFC 9110 section 11",
        judge=_judge,
        scope=Scope.EXCHANGE,
        words={"let-in": "a 2xx without a right credential", "event": "an event without a right credential"},
    )
)
