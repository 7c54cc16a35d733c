"""A success is answered after the acknowledgement, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Precedence, Scope
from bothends.laws.registry import register
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not grounds.operation.events or not isinstance(answer, Answer) or not answer.success:
        return None
    acknowledged = [d.settled for d in exchange.deliveries if d.acknowledged and d.event is not None]
    if not acknowledged:
        return None  # the law on lost events speaks of it
    late = min(acknowledged) - exchange.ended
    if late <= 0:
        return []
    return [
        Broken(
            cause=Cause("answered-first"),
            summary="Success is answered before the ingest has acknowledged the event.",
            expected="the acknowledgement, then the answer",
            actual=f"the acknowledgement came {late * 1000:.0f} ms after the answer",
        )
    ]


LAW = register(
    Law(
        name="acknowledged-first",
        demands="A 2xx is answered only after the ingest has acknowledged the event.",
        source="the contract: a success is an acknowledged event; an event still to be sent is lost with the process",
        judge=_judge,
        scope=Scope.EVENT,
        precedence=Precedence.FIRST,
        needs_tie=True,
        as_check=True,
        yields_to=("own-event",),
    )
)
