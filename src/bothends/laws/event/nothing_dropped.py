"""What the target sends is what a consumer receives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import shown
from bothends.records import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.records import Delivery, Exchange


# What may happen to a value wherever it stands: where it does differs from one event to the next.
_ANYWHERE = ("precision is lost", "what is not Unicode became", "repeated key")
_NAMED = 4


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if not grounds.operation.events or not exchange.deliveries:
        return None
    broken: dict[Cause, Broken] = {}
    for delivery in exchange.deliveries:
        for loss in _losses(delivery):
            broken.setdefault(loss.cause, loss)
        # A wrong address and a fault that the world itself played are no fault of the event's.
        if delivery.refusal and delivery.right_address and delivery.fault is None:
            cause = Cause("refused", source=delivery.refusal)
            broken.setdefault(
                cause,
                Broken(
                    cause=cause,
                    summary="The ingest refuses the event.",
                    expected="an event that the ingest accepts",
                    actual=f"{delivery.status}: {delivery.refusal}",
                ),
            )
    return list(broken.values())


def _losses(delivery: Delivery) -> Iterator[Broken]:
    """Yield one breach for each thing that the ingest does, however many places of the event it does it to.

    Settings that are spread over an event may be a hundred unknown keys, under other names each time.
    """
    told: dict[str, tuple[str, list[str]]] = {}
    for pointer, what in delivery.losses:
        kind = next((known for known in _ANYWHERE if what.startswith(known)), what)
        told.setdefault(kind, (what, []))[1].append(pointer)
    for kind, (what, pointers) in told.items():
        place = pointers[0] if len(pointers) == 1 else "several"
        does = "does" if len(pointers) == 1 else "do"
        where = "as it was" if len(pointers) == 1 else "as they were"
        yield Broken(
            cause=Cause("altered", source=kind) if kind in _ANYWHERE else Cause("lost", location=place, source=kind),
            summary=f"The ingest keeps the event, but {_listed(pointers)} {does} not reach a consumer {where} sent.",
            expected=f"sent: {shown(delivery.event)}",
            actual=f"{what}; a consumer receives: {shown(delivery.consumed)}",
        )


def _listed(pointers: Sequence[str]) -> str:
    """Return places as a person lists them, the first few by name."""
    named, more = pointers[:_NAMED], len(pointers) - _NAMED
    if more > 0:
        return f"{', '.join(named)} and {more} more"
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))


LAW = register(
    Law(
        name="nothing-dropped",
        demands="The ingest stores all of the event: it drops, merges, alters and refuses nothing of it.",
        source="Inngest event API: unknown top-level keys are dropped, duplicates merged, without a word",
        judge=_judge,
        scope=Scope.EVENT,
        words={"refused": "{source}", "altered": "{source}", "lost": "{location}: {source}"},
        about_content=True,
        as_check=True,
    )
)
