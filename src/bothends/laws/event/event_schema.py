"""What is sent to the ingest matches the callback's schema, and holds nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.event import owed
from bothends.laws.law import Broken, Explanation, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import shown
from bothends.records import Cause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import EventContract
    from bothends.records import Delivery, Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if not grounds.operation.events or not exchange.declared:
        return None
    broken: dict[str, Broken] = {}
    judged = False
    for event, delivery in owed.each_post(exchange, grounds):
        # Where nobody can tell of which it is, it is as good as the best of them has it.
        events = [event] if event is not None else grounds.operation.events
        if not all(one.described for one in events):
            continue
        judged = True
        found = _wrong(events, delivery, grounds)
        if found is not None:
            broken.setdefault(f"{found.cause.callback} {found.cause.location or found.cause.kind}", found)
    return list(broken.values()) if judged else None


def _wrong(events: Sequence[EventContract], delivery: Delivery, grounds: Grounds) -> Broken | None:
    name = owed.named(events[0], grounds)
    if delivery.payload is None:
        return Broken(
            cause=Cause("not-json", callback=name),
            summary="What was sent to the ingest is not JSON.",
            expected="JSON, as the callback declares",
            actual=delivery.refusal or "no JSON",
        )
    if any(event.body.is_valid(delivery.payload) for event in events):
        return None
    error = next(iter(events[0].body.errors(delivery.payload)))
    # Not the message and not the place in the event: both may hold what differs from event to event.
    return Broken(
        cause=Cause("schema", location=error.schema_pointer, callback=name),
        summary=f"The event does not match the schema{owed.of_callback(events[0], grounds) or ' of its callback'}"
        f" at {error.pointer or '/'}.",
        expected=error.message,
        actual=shown(delivery.payload),
    )


LAW = register(
    Law(
        name="event-schema",
        demands="The event matches the callback's schema, which is closed.",
        source="OpenAPI 3.1 Callback Object; JSON Schema 2020-12",
        judge=_judge,
        scope=Scope.EVENT,
        words={"not-json": "not JSON", "schema": "{location}"},
        # What is dropped is told only where it would be stored.
        explained_by=(Explanation("nothing-dropped", lambda _, other: bool(other.unwell), in_each=False),),
        about_content=True,
        as_check=True,
        yields_to=("nothing-dropped", "no-event-without-success"),
    )
)
