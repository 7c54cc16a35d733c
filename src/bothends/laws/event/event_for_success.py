"""A 2xx means that the ingest stored and acknowledged the event: nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law
from bothends.laws.wording import occasion, told
from bothends.records import Answer

if TYPE_CHECKING:
    from bothends.records import Delivery, Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not grounds.operation.events or not isinstance(answer, Answer) or not answer.success:
        return None
    if not grounds.declared(exchange):
        return None  # a success of another method is no success of this operation
    if exchange.case.expect.refused:
        return None  # it should not have succeeded: the law on the family's status speaks of it
    events = [d for d in exchange.deliveries if d.event is not None]
    # What an odd acknowledgement means is for the target to say: another law warns of it.
    stored = [d for d in events if d.stored and (d.acknowledged or d.acknowledged_oddly)]
    fresh = any(d.stored and not d.repeated for d in events)
    if stored and fresh:
        return []
    if stored:
        cause, actual = "id used before", "its id had been used for an earlier event, so the ingest dropped it"
    elif events:
        last = events[-1]
        cause, actual = "not acknowledged" if last.fault else f"not acknowledged: {last.status}", told(last)
    elif exchange.deliveries:
        cause, actual = "nothing in it", "a POST with no event in it"
    else:
        cause, actual = "none", "no event"
    return [
        Broken(
            cause=f"{cause} for {occasion(exchange, grounds.operation)}" if exchange.case.given else cause,
            summary=f"The answer is {answer.status}, but {_what(events)}.",
            expected="one event that the ingest acknowledged",
            actual=actual,
        )
    ]


def _what(events: list[Delivery]) -> str:
    return "nobody has acknowledged the event" if any(d.in_doubt for d in events) else "the event is lost"


LAW = Law(
    name="event-for-success",
    demands="Each 2xx has an event that the ingest stored and acknowledged.",
    source="the contract: callbacks of the operation; Jepsen total-queue, lost",
    judge=_judge,
    yields_to=("own-event", "right-address", "nothing-dropped", "own-identity"),
)
