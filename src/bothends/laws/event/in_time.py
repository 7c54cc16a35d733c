"""Where the answer waits for an event, none is sent after it, nor after all who could wait have gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.event import owed
from bothends.laws.event.event_for_success import BY_ONE_ID
from bothends.laws.law import Broken, Explanation, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import circumstances, outcome
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.laws.law import Evidence
    from bothends.records import Exchange

# An event that was on its way when the target gave up may be read after the answer, on a busy machine.
SLACK = 0.5


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if exchange.excuse:
        return None
    waiting = [event for event in grounds.operation.events if owed.awaited(event)]
    received = [delivery.received for event in waiting for delivery in owed.of(event, exchange, grounds)]
    if not received:
        return None
    answered = isinstance(exchange.answer, Answer)
    # Who sees no answer may have gone early: the target can finish, as long as it could have answered.
    latest = exchange.ended if answered else max(exchange.ended, exchange.began + grounds.time_limit)
    late = max(received) - latest
    if late <= SLACK:
        return []
    about = circumstances(exchange, grounds.operation)
    return [
        Broken(
            cause=Cause("late"),
            summary=f"An event is sent long after the request is over ({about}).",
            expected=f"none after the answer {outcome(exchange.answer)}"
            if answered
            else f"none after the time limit of {grounds.time_limit:g} s",
            actual=f"one that came {late:.1f} s later",
        )
    ]


def _alike(one: Evidence, other: Evidence) -> bool:
    return one.unwell == other.unwell and other.families <= one.families


LAW = register(
    Law(
        name="event-in-time",
        demands="Where the answer comes after the event, none is sent after the answer, nor after the time limit.",
        source="the contract: x-delivery of the callback, answer: after; time_limit_ms",
        judge=_judge,
        scope=Scope.EVENT,
        words={"late": "one and the same"},
        # Just in time, by chance.
        explained_by=(Explanation("answered-in-time", _alike, in_each=False), BY_ONE_ID),
        needs_tie=True,
        as_check=True,
        yields_to=("own-event", "no-event-without-success", "event-for-success", "one-event"),
    )
)
