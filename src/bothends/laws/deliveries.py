"""The laws of what an event is: its schema, its address, its identity, and that it belongs to a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.messages import EVENT_KEY
from bothends.laws import owed
from bothends.laws.law import Explanation, Law, LawContext, Precedence, Scope, Violation, register
from bothends.laws.wording import format_value
from bothends.records import Cause, json_equal, some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import EventContract
    from bothends.records import Breach, Delivery, Exchange
    from bothends.schemas import Schema


# What is sent to the ingest matches the callback's schema, and holds nothing more.


def _judge_event_schema(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not context.operation.events or not exchange.declared:
        return None
    broken: dict[str, Violation] = {}
    judged = False
    lists: set[int] = set()
    for event, delivery in owed.each(exchange, context):
        # Where the callback is unknown, the event must match one of them.
        events = [event] if event is not None else context.operation.events
        if not all(one.described for one in events):
            continue
        judged = True
        found = _wrong(events, delivery, context)
        if found is None and delivery.post not in lists:
            lists.add(delivery.post)  # each of its events is right; is there one too many?
            found = _wrong_list(events, delivery, context)
        if found is not None:
            broken.setdefault(f"{found.cause.callback} {found.cause.location or found.cause.kind}", found)
    return list(broken.values()) if judged else None


def _wrong(events: Sequence[EventContract], delivery: Delivery, context: LawContext) -> Violation | None:
    name = owed.named(events[0], context)
    if delivery.payload is None:
        return Violation(
            cause=Cause("not-json", callback=name),
            summary="The event is not JSON.",
            expected="JSON, as the callback declares",
            actual=delivery.refusal or "no JSON",
        )
    if delivery.event is None or any(event.body.is_valid(delivery.event) for event in events):
        return None
    return _mismatch("event", events[0], events[0].body, delivery.event, context)


def _wrong_list(events: Sequence[EventContract], delivery: Delivery, context: LawContext) -> Violation | None:
    """Return what is wrong with a whole body whose events are right, be they listed or not; None: nothing is."""
    payload = delivery.payload
    if not isinstance(payload, list) and delivery.event is not None and not json_equal(payload, delivery.event):
        return None  # the ingest's kind takes events out of it: what stands around them is no part of the contract
    if any(event.whole.is_valid(payload) for event in events):
        return None
    if isinstance(payload, list) and not all(any(one.body.is_valid(item) for one in events) for item in payload):
        return None  # an event of another request may be wrong, and the list is not
    return _mismatch("body of the event", events[0], events[0].whole, payload, context)


def _mismatch(what: str, event: EventContract, schema: Schema, value: Any, context: LawContext) -> Violation:
    error = next(iter(schema.errors(value)))
    # Not the message and not the place in the event: both may hold what differs from event to event.
    return Violation(
        cause=Cause("schema", location=error.schema_pointer, callback=owed.named(event, context)),
        summary=f"The {what} does not match the schema{owed.of_callback(event, context) or ' of its callback'}"
        f" at {error.pointer or '/'}.",
        expected=error.message,
        actual=format_value(value),
        alike=error.mistake(value),
    )


EVENT_SCHEMA = register(
    Law(
        name="event-schema",
        demands="The event matches the callback's schema, which is closed.",
        source="OpenAPI 3.1 Callback Object; JSON Schema 2020-12",
        judge=_judge_event_schema,
        scope=Scope.EVENT,
        words={"not-json": "not JSON", "schema": "{location}"},
        # What the ingest drops is reported only where it would store the event.
        explained_by=(Explanation("nothing-dropped", lambda _, other: bool(other.unwell), in_each=False),),
        about_content=True,
        needs_tie=True,
        as_check=True,
        yields_to=("nothing-dropped", "no-event-without-success"),
    )
)


# The event goes to the URL that the contract's callback names, with the key that was given.

LACKING = "without-a-setting"
"""Family of requests to a target that was started without a part of its settings: the event key, it may be."""


def _judge_right_address(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not context.operation.events or not exchange.declared:
        return None
    # A target without the key can't know the address. What no ingest stored has gone nowhere.
    untold = exchange.case.family == LACKING
    found = (
        (event or context.operation.events[0], delivery)
        for event, delivery in owed.each(exchange, context)
        if not delivery.right_address and (delivery.stored or not untold)
    )
    callback, wrong = next(found, (None, None))
    if callback is None or wrong is None:
        return []
    key = ", with the event key that the world gave" if EVENT_KEY in callback.url.names else ""
    return [
        Violation(
            cause=Cause("address", about=wrong.method, callback=owed.named(callback, context)),
            summary=f"The event{owed.of_callback(callback, context)} was sent to {_wrong_url(callback)}.",
            expected=f"{callback.method} {callback.url_template}{key}",
            actual=f"{wrong.method} to another path{', or with another key' if key else ''}, answered {wrong.status}",
        )
    ]


def _wrong_url(callback: EventContract) -> str:
    told = callback.url.told
    return "a URL that is not in the contract" if told is None else f"a URL that {told.upstream} did not answer for it"


RIGHT_ADDRESS = register(
    Law(
        name="right-address",
        demands="The event goes to the callback's URL, with its method and the given event key.",
        source="OpenAPI 3.1 Callback Object; Inngest event API, POST /e/{key}",
        judge=_judge_right_address,
        scope=Scope.EVENT,
        words={"address": "{about}"},
        as_check=True,
        needs_tie=True,
    )
)


# What the target sends is what a consumer receives.

# What may happen to a value wherever it stands: where it does differs from one event to the next.
_ANYWHERE = ("precision is lost", "what is not Unicode became", "repeated key")
_NAMED = 4


def _judge_nothing_dropped(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not context.operation.events or not exchange.deliveries:
        return None
    broken: dict[Cause, Violation] = {}
    for delivery in exchange.deliveries:
        for loss in _losses(delivery):
            broken.setdefault(loss.cause, loss)
        # A wrong address, or a fault that the world simulated, is not the event's fault.
        if delivery.refusal and delivery.right_address and delivery.fault is None:
            cause = Cause("refused", source=delivery.refusal)
            broken.setdefault(
                cause,
                Violation(
                    cause=cause,
                    summary="The ingest refuses the event.",
                    expected="an event that the ingest accepts",
                    actual=f"{delivery.status}: {delivery.refusal}",
                ),
            )
    return list(broken.values())


def _losses(delivery: Delivery) -> Iterator[Violation]:
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
        yield Violation(
            cause=Cause("altered", source=kind) if kind in _ANYWHERE else Cause("lost", location=place, source=kind),
            summary=f"The ingest stores the event, but {_listed(pointers)} {does} not reach the consumer as sent.",
            expected=f"sent: {format_value(delivery.event)}",
            actual=f"{what}; the consumer receives: {format_value(delivery.consumed)}",
        )


def _listed(pointers: Sequence[str]) -> str:
    """Return places as a person lists them, the first few by name."""
    if len(pointers) > _NAMED:
        return some_of(pointers, _NAMED)
    return " and ".join(filter(None, (", ".join(pointers[:-1]), pointers[-1])))


NOTHING_DROPPED = register(
    Law(
        name="nothing-dropped",
        demands="The ingest stores the complete event: it drops, merges, alters and refuses nothing.",
        source="Inngest event API: silently drops unknown top-level keys and merges duplicate keys",
        judge=_judge_nothing_dropped,
        scope=Scope.EVENT,
        words={"refused": "{source}", "altered": "{source}", "lost": "{location}: {source}"},
        about_content=True,
        as_check=True,
    )
)


# The target chooses the identity of an event, not the caller.

# What is shorter may stand in any identity by chance.
_LEAST = 12
_OF_THE_BODY = ("content-type", "content-encoding", "content-length")


def _values(exchange: Exchange, context: LawContext) -> Iterator[tuple[str, str]]:
    """Yield the headers of the case that neither the contract knows nor the body needs."""
    declared = {p.name.lower() for p in context.operation.parameters if p.location == "header"}
    for name, value in exchange.case.request.headers:
        if name.lower() not in {*declared, *_OF_THE_BODY} and len(value) >= _LEAST:
            yield name, value


def _judge_own_identity(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    identities = [d.identity for d in exchange.declared if d.event is not None]
    if not identities:
        return None
    return [
        Violation(
            cause=Cause("header", location=name),
            summary=f"The caller's header {name} becomes the identity of the event.",
            expected="an identity that no caller can choose; the ingest drops a second event with the same identity",
            actual=format_value(identities[0]),
        )
        for name, value in _values(exchange, context)
        if any(value in identity for identity in identities)
    ]


OWN_IDENTITY = register(
    Law(
        name="own-identity",
        demands="No undeclared header of a request becomes the identity of its event.",
        source="OWASP API3:2023; an ingest drops an event whose identity it has seen",
        judge=_judge_own_identity,
        scope=Scope.EVENT,
        words={"header": "header {location}"},
        needs_tie=True,
        as_check=True,
    )
)


# A request causes each event.

NO_PHANTOM = register(
    Law(
        name="no-phantom",
        demands="Each event at the ingest is caused by a request of this run.",
        source="the contract: callbacks of the operation; Jepsen total-queue, unexpected",
        scope=Scope.EVENT,
        words={"no-request": "no request caused it"},
        precedence=Precedence.LAST,
        as_check=True,
    )
)


def phantom(delivery: Delivery) -> Breach:
    """Return the breach of a delivery that could be tied to no exchange."""
    return NO_PHANTOM.breach(
        Violation(
            cause=Cause("no-request"),
            summary="An event arrived that no request of this run caused.",
            expected="only events that requests of this run caused",
            actual=format_value(delivery.event if delivery.event is not None else delivery.payload),
        )
    )
