"""An answer that owes an event has one that the ingest stored, and acknowledged where it waits for that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.laws.event import owed
from bothends.laws.event.at_once import AT_ONCE
from bothends.laws.law import Broken, Explanation, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import told
from bothends.records import INGEST, Answer, Cause

if TYPE_CHECKING:
    from bothends.contract import EventContract
    from bothends.laws.law import Evidence
    from bothends.laws.situation import Situation
    from bothends.records import Delivery, Exchange


ID_USED = "id-used"
"""What is wrong where events of several requests bear one id, whether or not the ingest is well."""


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not grounds.operation.events or not isinstance(answer, Answer) or not grounds.declared(exchange):
        return None  # a success of another method is no success of this operation
    if exchange.case.expect.refused and answer.success:
        return None  # it should not have succeeded: the law on the family's status speaks of it
    asked = [event for event in grounds.operation.events if _is_asked(event, exchange, grounds)]
    if not asked or owed.unclear(exchange, grounds):
        return None
    return [broken for event in asked if (broken := _lost(event, exchange, answer, grounds)) is not None]


def _is_asked(event: EventContract, exchange: Exchange, grounds: Grounds) -> bool:
    """Whether an answer says that an event has arrived."""
    owes = owed.owes(event, exchange, grounds)
    if owed.awaited(event):
        # A 2xx only once the event is acknowledged: also of an event that need not have come.
        return owes or (exchange.succeeded and bool(owed.of(event, exchange, grounds)))
    return owes and not owed.unwell(event, exchange, grounds)


def _lost(event: EventContract, exchange: Exchange, answer: Answer, grounds: Grounds) -> Broken | None:
    deliveries = owed.of(event, exchange, grounds)
    events = [d for d in deliveries if d.event is not None]
    # What an odd acknowledgement means is for the target to say: another law warns of it. Where no answer waits for it,
    # what is stored is not lost, whether the target has stayed to hear so or not.
    known = not owed.awaited(event)
    stored = [d for d in events if d.stored and (known or d.acknowledged or d.acknowledged_oddly)]
    # Where events have no identity, the like of one that was stored is none that the ingest drops.
    fresh = any(d.stored and not (d.repeated and d.identified) for d in events)
    if stored and fresh:
        return None
    if stored:
        cause, actual = Cause(ID_USED), "its id had been used for an earlier event, so the ingest dropped it"
    elif events:
        last = events[-1]
        cause, actual = (
            Cause("not-acknowledged") if last.fault else Cause("refused", status=str(last.status)),
            told(last),
        )
    elif deliveries:
        cause, actual = Cause("nothing-in-it"), "a POST with no event in it"
    else:
        cause, actual = Cause("none"), "no event"
    what = _what(events)
    return Broken(
        cause=replace(cause, callback=owed.named(event, grounds)),
        summary=f"The answer is {answer.status}, but {what}{owed.of_callback(event, grounds)}.",
        expected=f"one event that the ingest {'stored' if known else 'acknowledged'}{owed.of_callback(event, grounds)}",
        actual=actual,
    )


def _what(events: list[Delivery]) -> str:
    return "nobody has acknowledged the event" if any(d.in_doubt for d in events) else "the event is lost"


def _cause(broken: Broken, seen: Situation) -> Cause:
    if INGEST in seen.unwell and broken.cause.kind != ID_USED:
        return Cause("unwell", upstream=INGEST, callback=broken.cause.callback)
    return broken.cause


def _ids_mixed_up(one: Evidence, other: Evidence) -> bool:
    return one.cause.kind == ID_USED and other.exchanges <= one.exchanges


def _explains(one: Evidence, other: Evidence) -> bool:
    """Whether an event that seems lost is so by an id that was used before."""
    return one.law is other.law and _ids_mixed_up(one, other)


BY_ONE_ID = Explanation("event-for-success", _ids_mixed_up, in_each=False)
"""Events of several requests bear one id: which of the requests one belongs to is mixed up by that, too."""


LAW = register(
    Law(
        name="event-for-success",
        demands="Each answer that owes an event (`x-when`) has one that the ingest stored; each 2xx that waits for its "
        "event (`x-delivery`) has one that the ingest acknowledged, whatever the state of the ingest.",
        source="the contract: x-when and x-delivery of the callback; Jepsen total-queue, lost",
        judge=_judge,
        scope=Scope.EVENT,
        cause=_cause,
        explains=_explains,
        words={
            ID_USED: "id used before",
            "not-acknowledged": "not acknowledged",
            "refused": "not acknowledged: {status}",
            "unwell": "{who} is not well",
        },
        explained_by=(
            # What is told once the answer is out is lost.
            Explanation("acknowledged-first", in_each=False),
            Explanation("own-event", lambda _, other: other.families <= AT_ONCE, in_each=False),
        ),
        needs_tie=True,
        as_check=True,
        yields_to=("own-event", "right-address", "nothing-dropped", "own-identity"),
    )
)
