"""Where the answer waits for an event, a success is answered after its acknowledgement, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.event import owed
from bothends.laws.law import Broken, Grounds, Law, Precedence, Scope
from bothends.laws.registry import register
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not grounds.operation.events or not isinstance(answer, Answer) or not answer.success:
        return None
    waiting = [event for event in grounds.operation.events if owed.awaited(event)]
    acknowledged = [
        (event, min(times))
        for event in waiting
        if (times := [d.settled for d in owed.of(event, exchange, grounds) if d.acknowledged and d.event is not None])
    ]
    if not acknowledged:
        return None  # the law on lost events speaks of it
    return [
        Broken(
            cause=Cause("answered-first", callback=owed.named(event, grounds)),
            summary=f"Success is answered before the ingest has acknowledged the event"
            f"{owed.of_callback(event, grounds)}.",
            expected="the acknowledgement, then the answer",
            actual=f"the acknowledgement came {(at - exchange.ended) * 1000:.0f} ms after the answer",
        )
        for event, at in acknowledged
        if at > exchange.ended
    ]


LAW = register(
    Law(
        name="acknowledged-first",
        demands="Where `x-delivery` says so, a 2xx is answered only after the ingest has acknowledged the event.",
        source="the contract: x-delivery of the callback, answer: after",
        judge=_judge,
        scope=Scope.EVENT,
        precedence=Precedence.FIRST,
        needs_tie=True,
        as_check=True,
        yields_to=("own-event",),
    )
)
