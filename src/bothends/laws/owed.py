"""What an exchange owes: which callbacks' events, and in which order with its answer. Each law on events asks here."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.contract.messages import Moment
from bothends.records import Answer
from bothends.schemas import fits_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import EventContract, Operation
    from bothends.laws.law import LawContext
    from bothends.records import Delivery, Exchange


def owed(exchange: Exchange, context: LawContext) -> list[EventContract]:
    """Return the callbacks whose event an answer owes, once each."""
    return [event for event in context.operation.events if event.when is not None and owes(event, exchange, context)]


def owes(event: EventContract, exchange: Exchange, context: LawContext) -> bool:
    """Return whether an answer owes events of a callback; where the contract does not say, none does."""
    return count(event, exchange, context) > 0


def count(event: EventContract, exchange: Exchange, context: LawContext) -> int:
    """Return how many events of a callback an answer owes; where the contract does not say, none."""
    answer = exchange.answer
    if event.when is None or not event.ingest or not isinstance(answer, Answer):
        return 0
    if exchange.idle or _may_repeat(exchange, context):
        return 0
    moment = Moment(context.operation.path, exchange.sent, answer)
    if not event.when.holds(answer.status, moment) or not _has_address(event, moment, context):
        return 0
    return event.when.number(moment) or 0


def most(event: EventContract, exchange: Exchange, context: LawContext) -> int | None:
    """Return how many events of a callback may come of an exchange; None: as many as there are.

    A condition on the answer says when events are owed, and not how many an answer without them has.
    """
    if event.when is None:
        return 1
    if not event.when.owed:
        return None  # of a subscription's events, there may be as many as there are
    return 1 if event.when.single else event.when.number(_moment(exchange, context))


def missing(event: EventContract, exchange: Exchange, context: LawContext) -> int:
    """Return how many of the events that an answer owes have not come; attempts of one event count once."""
    if coalesces(event):
        return 0
    came = {delivery.identity for delivery in of(event, exchange, context)}
    return max(0, count(event, exchange, context) - len(came))


def may_come(event: EventContract, exchange: Exchange, context: LawContext) -> bool:
    """Return whether the event of a callback may come of an exchange."""
    answer = exchange.answer
    if not isinstance(answer, Answer):
        return True
    if event.when is None:
        # A success of another method would be no success of this operation.
        return answer.success and context.declared(exchange)
    if not event.when.owed:
        return True  # a subscriber gets it, and no request causes it
    moment = _moment(exchange, context)
    if event.when.number(moment) == 0:
        return False
    if not event.when.conditions:
        return answer.success and context.declared(exchange)
    return event.when.holds(answer.status, moment) or event.when.is_open(answer.status, moment)


def why_none(event: EventContract | None, exchange: Exchange, context: LawContext) -> str:
    """Return why a success may have no event of a callback, as the end of a sentence; empty where it is none."""
    answer = exchange.answer
    if event is None or event.when is None or not isinstance(answer, Answer) or not answer.success:
        return ""
    moment = _moment(exchange, context)
    if event.when.number(moment) == 0:
        return ": its x-when counts none here"
    met = event.when.met(answer.status, moment)
    unmet = [part for part, _ in event.when.conditions if part not in met]
    return f": its x-when asks for another {' and '.join(unmet)}" if unmet else ""


def has_address(event: EventContract, exchange: Exchange, context: LawContext) -> bool:
    """Return whether an exchange that is answered says to where the event goes, and it is one of the world's."""
    return _has_address(event, _moment(exchange, context), context)


def of(event: EventContract, exchange: Exchange, context: LawContext) -> list[Delivery]:
    """Return what was delivered of a callback."""
    return [delivery for one, delivery in each(exchange, context) if one is event]


def each(exchange: Exchange, context: LawContext) -> Iterator[tuple[EventContract | None, Delivery]]:
    """Yield each declared delivery with its callback; None where its callback is unknown."""
    return _each(exchange, context.operation)


def each_post(exchange: Exchange, context: LawContext) -> Iterator[tuple[EventContract | None, Delivery]]:
    """Yield the first delivery of each request to an ingest with its callback: several may come in one array."""
    posts: set[int] = set()
    for event, delivery in each(exchange, context):
        if delivery.post not in posts:
            posts.add(delivery.post)
            yield event, delivery


def unclear(exchange: Exchange, context: LawContext) -> bool:
    """Return whether the callback of a delivery is unknown: then no event is reported as lost."""
    return any(event is None for event, _ in each(exchange, context))


def unwell(event: EventContract, exchange: Exchange, operation: Operation) -> bool:
    """Return whether the ingest of a callback had a fault, so that an event that did not come may have been sent."""
    if exchange.unheard and not awaited(event):
        return True
    given = any(condition.subject == event.ingest for condition in exchange.case.given)
    return given or any(one is event and delivery.fault is not None for one, delivery in _each(exchange, operation))


def coalesces(event: EventContract) -> bool:
    """Return whether one event of a callback may stand for several requests about its object."""
    return event.state is not None and event.state.coalesces


def awaited(event: EventContract) -> bool:
    """Return whether the contract has a 2xx wait for the acknowledgement of an event."""
    return event.delivery.answer == "after"


def named(event: EventContract | None, context: LawContext) -> str:
    """Return the name of a callback where an operation has several; empty where it has one."""
    return event.name if event is not None and len(context.operation.events) > 1 else ""


def of_callback(event: EventContract | None, context: LawContext) -> str:
    """Return a callback as the end of a sentence's subject: ` of the callback 'paid'`; empty where there is one."""
    name = named(event, context)
    return f" of the callback '{name}'" if name else ""


def _each(exchange: Exchange, operation: Operation) -> Iterator[tuple[EventContract | None, Delivery]]:
    if not exchange.deliveries:
        return
    events = {event.name: event for event in operation.events}
    only = operation.events[0] if len(operation.events) == 1 else None
    for delivery in exchange.declared:
        yield events.get(delivery.callback, only), delivery


def _moment(exchange: Exchange, context: LawContext) -> Moment:
    return Moment(context.operation.path, exchange.sent, exchange.answer)


def _may_repeat(exchange: Exchange, context: LawContext) -> bool:
    """Return whether a request may be one that came before: its key is no right one, so others have the same."""
    key = context.operation.idempotency
    if key is None:
        return False
    value = exchange.sent.header(key.header)
    return value is not None and not fits_schema(key.schema, value)


def _has_address(event: EventContract, moment: Moment, context: LawContext) -> bool:
    """Return whether an exchange says to where the event goes, and it is one of the world's addresses."""
    if not event.url.expressions or event.url.told is not None:
        return True  # that an upstream answers no URL where it is to, its schema would have to allow
    url = event.url.url(moment, "http://world.invalid", "key")
    if url is None:
        return False
    return event.url.whole is None or urlsplit(url).netloc in context.places
