"""One request never becomes two events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law
from bothends.laws.wording import occasion

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
            cause=f"more than one event for {occasion(exchange, grounds.operation)}",
            summary=f"One request became {len(unique)} events.",
            expected="at most one event; each further attempt bears the same id",
            actual=f"{len(unique)} events that the ingest can't tell to be the same",
        )
    ]


LAW = Law(
    name="one-event",
    demands="One request never becomes two events with different identities, whatever the answer.",
    source="the contract: callbacks of the operation; Jepsen total-queue, duplicated",
    judge=_judge,
    yields_to=("own-event", "one-request"),
)
