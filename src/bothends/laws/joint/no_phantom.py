"""Each event is accounted for by a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Law, Precedence, Scope
from bothends.laws.registry import register
from bothends.laws.wording import shown
from bothends.records import Cause

if TYPE_CHECKING:
    from bothends.records import Breach, Delivery

LAW = register(
    Law(
        name="no-phantom",
        demands="Each event at the ingest is caused by a request of this run.",
        source="the contract: callbacks of the operation; Jepsen total-queue, unexpected",
        scope=Scope.EVENT,
        words={"no-request": "no request for it"},
        precedence=Precedence.LAST,
        as_check=True,
    )
)


def phantom(delivery: Delivery) -> Breach:
    """Return the breach of a delivery that could be tied to no exchange."""
    return LAW.breach(
        Broken(
            cause=Cause("no-request"),
            summary="An event arrived that no request of this run accounts for.",
            expected="no event but those that requests caused",
            actual=shown(delivery.event if delivery.event is not None else delivery.payload),
        )
    )
