"""Each event is accounted for by a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.wording import shown
from bothends.records import Breach, Severity

if TYPE_CHECKING:
    from bothends.records import Delivery

NAME = "no-phantom"
DEMANDS = "Each event at the ingest is caused by a request of this run."
SOURCE = "the contract: callbacks of the operation; Jepsen total-queue, unexpected"


def phantom(delivery: Delivery) -> Breach:
    """Return the breach of a delivery that could be tied to no exchange."""
    return Breach(
        law=NAME,
        severity=Severity.ERROR,
        cause="no request for it",
        summary="An event arrived that no request of this run accounts for.",
        expected="no event but those that requests caused",
        actual=shown(delivery.event if delivery.event is not None else delivery.payload),
        exchange=None,
    )
