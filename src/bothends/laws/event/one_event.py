"""One request never becomes two events of one callback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.event import owed
from bothends.laws.event.at_once import AT_ONCE
from bothends.laws.law import Broken, Explanation, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.records import Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if not grounds.operation.events or not exchange.deliveries:
        return None
    events = {event.name: event for event in grounds.operation.events}
    unique: dict[str, set[str]] = {}
    for event, delivery in owed.each(exchange, grounds):
        # Without a sure identity, two may be attempts of one: nobody can tell.
        counts = delivery.stored and delivery.event is not None and delivery.identified
        # Of a subscription's events, there may be as many as there are.
        if counts and (event is None or event.when is None or event.when.owed):
            unique.setdefault("" if event is None else event.name, set()).add(delivery.identity)
    # Of events of which nobody can tell whose they are, each callback may have one.
    most = {name: 1 if name else len(events) for name in unique}
    return [
        Broken(
            cause=Cause("several", callback=owed.named(events.get(name), grounds)),
            summary=f"One request became {len(identities)} events{owed.of_callback(events.get(name), grounds)}.",
            expected="at most one event; each further attempt bears the same id",
            actual=f"{len(identities)} events that the ingest can't tell to be the same",
        )
        for name, identities in unique.items()
        if len(identities) > most[name]
    ]


LAW = register(
    Law(
        name="one-event",
        demands="One request never becomes two events of one callback with different identities, whatever the answer.",
        source="the contract: callbacks of the operation; Jepsen total-queue, duplicated",
        judge=_judge,
        scope=Scope.EVENT,
        words={"several": "one and the same"},
        # One caller's event is taken for another's.
        explained_by=(Explanation("own-event", lambda _, other: other.families <= AT_ONCE, in_each=False),),
        needs_tie=True,
        as_check=True,
        yields_to=("own-event", "one-request"),
    )
)
