"""An answer that is no success has no event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law
from bothends.laws.wording import occasion
from bothends.records import Answer

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not grounds.operation.events or not isinstance(answer, Answer):
        return None
    # A success of another method would be no success of this operation.
    if answer.success and grounds.declared(exchange):
        return None
    # What was stored without the target's knowing is in doubt: it can't be held against the target.
    if not any(d.stored and d.acknowledged and d.event is not None for d in exchange.deliveries):
        return []
    return [
        Broken(
            cause=f"{answer.status} for {occasion(exchange, grounds.operation)}",
            summary=f"An event was sent for a request that is answered {answer.status}.",
            expected="no event",
            actual="an event that the ingest stored and acknowledged",
        )
    ]


LAW = Law(
    name="no-event-without-success",
    demands="A request that is not answered 2xx has no acknowledged event.",
    source="the contract: callbacks of the operation; Jepsen total-queue, unexpected",
    judge=_judge,
    yields_to=("sign-in-demanded",),
)
