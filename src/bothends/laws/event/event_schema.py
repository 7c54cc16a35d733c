"""What is sent to the ingest matches the callback's schema, and holds nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Explanation, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import shown
from bothends.records import Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if not grounds.operation.events or not exchange.deliveries:
        return None
    broken: dict[str, Broken] = {}
    for delivery in exchange.posts:
        if delivery.payload is None:
            broken["not JSON"] = Broken(
                cause=Cause("not-json"),
                summary="What was sent to the ingest is not JSON.",
                expected="JSON, as the callback declares",
                actual=delivery.refusal or "no JSON",
            )
            continue
        # With several callbacks, the event is the one that it matches, else the first.
        schemas = [e.body for e in grounds.operation.events]
        if any(schema.is_valid(delivery.payload) for schema in schemas):
            continue
        error = next(iter(schemas[0].errors(delivery.payload)))
        # Not the message and not the place in the event: both may hold what differs from event to event.
        broken[error.schema_pointer] = Broken(
            cause=Cause("schema", location=error.schema_pointer),
            summary=f"The event does not match the callback's schema at {error.pointer or '/'}.",
            expected=error.message,
            actual=shown(delivery.payload),
        )
    return list(broken.values())


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
        yields_to=("nothing-dropped",),
    )
)
