"""A success stands on an acknowledgement that the ingest gives, and not on words that may mean one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.conditions import sentence
from bothends.laws.event import owed
from bothends.laws.law import Broken, Explanation, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.records import Answer, Cause, Severity

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if grounds.promised(exchange):
        return None  # it is an error there
    if not grounds.operation.events or not isinstance(answer, Answer) or not answer.success:
        return None
    waiting = [event for event in grounds.operation.events if owed.awaited(event)]
    events = [d for event in waiting for d in owed.of(event, exchange, grounds) if d.event is not None and d.stored]
    if not events:
        return None  # the law on lost events speaks of it
    if any(d.acknowledged for d in events) or not any(d.acknowledged_oddly for d in events):
        return []
    return [
        Broken(
            cause=Cause("odd"),
            summary=f"The answer is {answer.status}, on an acknowledgement that the contract does not know.",
            expected="an acknowledgement as the callback declares it: else nobody knows what it means",
            actual="" if events[-1].fault is None else sentence(events[-1].fault),
        )
    ]


LAW = register(
    Law(
        name="plain-acknowledgement",
        demands="Where the answer comes after the event, the acknowledgement is one that the callback declares.",
        source="the contract: the answers of the callback; Inngest event API, POST /e/{key}",
        judge=_judge,
        scope=Scope.EVENT,
        words={"odd": "one and the same"},
        # Whoever asks for no acknowledgement takes any.
        explained_by=(Explanation("event-for-success", in_each=False),),
        severity=Severity.WARNING,
    )
)
