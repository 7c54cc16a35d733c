"""A 2xx means that the ingest stored and acknowledged the event: nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law
from bothends.laws.wording import circumstances, told
from bothends.records import Answer

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not grounds.operation.events or not isinstance(answer, Answer) or not answer.success:
        return None
    if not grounds.declared(exchange):
        return None  # a success of another method is no success of this operation
    if exchange.case.expect.refused:
        return None  # it should not have succeeded: the law on the family's status speaks of it
    events = [d for d in exchange.deliveries if d.event is not None]
    stored = [d for d in events if d.stored and d.acknowledged]
    fresh = any(d.stored and not d.repeated for d in events)
    if stored and fresh:
        return []
    if stored:
        cause, actual = "id used before", "its id had been used for an earlier event, so the ingest dropped it"
    elif events:
        cause, actual = f"not acknowledged: {events[-1].fault or events[-1].status}", told(events[-1])
    elif exchange.deliveries:
        cause, actual = "nothing in it", "a POST with no event in it"
    else:
        cause, actual = "none", "no event"
    return [
        Broken(
            cause=f"{cause} for {circumstances(exchange, grounds.operation)}" if exchange.case.given else cause,
            summary=f"The answer is {answer.status}, but the event is lost.",
            expected="one event that the ingest acknowledged",
            actual=actual,
        )
    ]


LAW = Law(
    name="event-for-success",
    demands="Each 2xx has an event that the ingest stored and acknowledged.",
    source="the contract: callbacks of the operation; Jepsen total-queue, lost",
    judge=_judge,
    yields_to=("own-event", "right-address", "nothing-dropped"),
)
