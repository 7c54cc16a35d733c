"""An answer of which no event may come has none: where the contract says nothing else, any but a success."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.laws.event import owed
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
    events = grounds.operation.events
    if all(owed.may_come(event, exchange, grounds) for event in events):
        return None
    if len(events) > 1 and any(owed.unwell(event, exchange, grounds) for event in events):
        return None  # one of several was acknowledged before another one failed
    # What was stored without the target's knowing is in doubt: it can't be held against the target.
    wrong = [
        event
        for event, delivery in owed.each(exchange, grounds)
        if delivery.stored and delivery.acknowledged and delivery.event is not None
        if not any(owed.may_come(one, exchange, grounds) for one in ([event] if event is not None else events))
    ]
    if not wrong:
        return []
    return [
        Broken(
            cause=Cause("event", status=str(answer.status), callback=owed.named(wrong[0], grounds)),
            summary=f"An event{owed.of_callback(wrong[0], grounds)} was sent for a request"
            f" that is answered {answer.status}.",
            expected="no event",
            actual="an event that the ingest stored and acknowledged",
        )
    ]


def _cause(broken: Broken, seen: Situation) -> Cause:
    return replace(cause_in(seen.refused_for, "event"), callback=broken.cause.callback)


LAW = register(
    Law(
        name="no-event-without-success",
        demands="A request whose answer no event may come of has no acknowledged one: without `x-when`, any but a 2xx.",
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
