"""An answer that is no success has no event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Explanation, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.situation import cause_in
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.laws.situation import Situation
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
            cause=Cause("event", status=str(answer.status)),
            summary=f"An event was sent for a request that is answered {answer.status}.",
            expected="no event",
            actual="an event that the ingest stored and acknowledged",
        )
    ]


def _cause(_: Broken, seen: Situation) -> Cause:
    return cause_in(seen.refused_for, "event")


LAW = register(
    Law(
        name="no-event-without-success",
        demands="A request that is not answered 2xx has no acknowledged event.",
        source="the contract: callbacks of the operation; Jepsen total-queue, unexpected",
        judge=_judge,
        scope=Scope.EVENT,
        cause=_cause,
        words={"event": "{about}"},
        # The first of two was acknowledged, the second was not.
        explained_by=(Explanation("one-event", lambda _, other: bool(other.unwell), in_each=False),),
        yields_to=("sign-in-demanded",),
        by_area=True,
        needs_tie=True,
        as_check=True,
    )
)
