"""What the target sends is what a consumer receives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law
from bothends.laws.wording import shown

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if not grounds.operation.events or not exchange.deliveries:
        return None
    broken: dict[str, Broken] = {}
    for delivery in exchange.deliveries:
        for pointer, what in delivery.losses:
            broken.setdefault(
                f"{pointer}: {what}",
                Broken(
                    cause=f"{pointer}: {what}",
                    summary=f"The ingest keeps the event, but {pointer} does not reach a consumer as it was sent.",
                    expected=f"sent: {shown(delivery.event)}",
                    actual=f"{what}; a consumer receives: {shown(delivery.consumed)}",
                ),
            )
        # A wrong address and a fault that the world itself played are no fault of the event's.
        if delivery.refusal and delivery.right_address and delivery.fault is None:
            broken.setdefault(
                delivery.refusal,
                Broken(
                    cause=delivery.refusal,
                    summary="The ingest refuses the event.",
                    expected="an event that the ingest accepts",
                    actual=f"{delivery.status}: {delivery.refusal}",
                ),
            )
    return list(broken.values())


LAW = Law(
    name="nothing-dropped",
    demands="The ingest stores all of the event: it drops, merges, alters and refuses nothing of it.",
    source="Inngest event API: unknown top-level keys are dropped, duplicates merged, without a word",
    judge=_judge,
)
