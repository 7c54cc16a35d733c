"""One request never becomes two events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.event.at_once import AT_ONCE
from bothends.laws.law import Broken, Explanation, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.records import Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if not grounds.operation.events or not exchange.deliveries:
        return None
    unique = {d.identity for d in exchange.deliveries if d.stored and d.event is not None}
    if len(unique) <= 1:
        return []
    return [
        Broken(
            cause=Cause("several"),
            summary=f"One request became {len(unique)} events.",
            expected="at most one event; each further attempt bears the same id",
            actual=f"{len(unique)} events that the ingest can't tell to be the same",
        )
    ]


LAW = register(
    Law(
        name="one-event",
        demands="One request never becomes two events with different identities, whatever the answer.",
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
