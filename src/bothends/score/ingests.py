"""What an ingest would have made of an event, had it been another one: its kind reads it, as it has read the recorded.

An ingest is not only a recorder: it refuses what it can't read, drops what it does not know, and tells events apart by
what they have. A lie about an event goes through the same kind. Where that kind does not make of the recorded event
what was recorded, nothing is known of it, and no lie is told.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import is_form
from bothends.contract.tables import INGESTS
from bothends.contract.terms import identity_of
from bothends.records import json_equal
from bothends.world import Ingest, Occasion, Received

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from bothends.contract import Contract, EventContract
    from bothends.laws import LawContext
    from bothends.records import Delivery, Exchange
    from bothends.world import Item, Reception


class Ingests:
    """The ingests of a contract, as their kinds read what comes."""

    def __init__(self, contract: Contract, identities: Collection[str] = ()) -> None:
        """Take the contract, and what the events are told apart by that were stored."""
        self._contract = contract
        self._identities = identities
        self._known: dict[tuple[str, str], Ingest] = {}
        self._keys: dict[str, str] = {}

    def resent(
        self,
        exchange: Exchange,
        delivery: Delivery,
        context: LawContext,
        change: Callable[[Any], Any],
        target: str = "",
    ) -> Exchange | None:
        """Return an exchange whose event was another one, on each of its attempts; None: nobody knows what came of it.

        Args:
            exchange: The exchange.
            delivery: One attempt of the event.
            context: What the exchange is judged by.
            change: Makes the other event of the event.
            target: Where it is sent to, path and query; empty: where it was.
        """
        made: list[Delivery] = []
        for each in exchange.deliveries:
            if each.identity != delivery.identity or each.callback != delivery.callback:
                made.append(each)
                continue
            read = self._read_again(each, context, change, target)
            if read is None:
                return None
            made.append(read)
        return replace(exchange, deliveries=tuple(made))

    def _read_again(
        self, delivery: Delivery, context: LawContext, change: Callable[[Any], Any], target: str
    ) -> Delivery | None:
        if delivery.payload is None or is_form(dict(delivery.headers).get("content-type", "")):
            return None
        ingest = self._ingest_of(delivery, context)
        if ingest is None:
            return None
        event = change(delivery.content)
        payload = delivery.payload
        if delivery.listed:
            payload = [event if at == delivery.item else one for at, one in enumerate(payload)]
        elif json_equal(delivery.payload, delivery.event):
            payload = event
        else:
            return None  # the kind takes the event out of what is around it
        received = _received(delivery, payload, target or delivery.target)
        reception = ingest.receive(received)
        if len(reception.items) != (len(payload) if delivery.listed else 1):
            return None
        return self._delivered(delivery, ingest, Occasion(received, reception, context.seed, (delivery.number,)))

    def _delivered(self, delivery: Delivery, ingest: Ingest, occasion: Occasion) -> Delivery:
        reception = occasion.reception
        item = reception.items[delivery.item if delivery.listed else 0]
        status, stored = delivery.status, delivery.stored
        said_so = delivery.acknowledged
        if delivery.fault is None:
            stored = reception.refusal is None and item.storable and not item.error
            reply = reception.refusal or ingest.accept(occasion)
            status = reply.status
            said_so = stored and ingest.acknowledges(reception, status)
        events = [event for event in ingest.callbacks if event.name == delivery.callback] or list(ingest.callbacks)
        identity = _identity(delivery, item, ingest, events)
        is_known = identity != delivery.identity and identity in self._identities
        return replace(
            delivery,
            path=occasion.received.path,
            query=occasion.received.query,
            right_address=reception.right_address,
            payload=reception.payload,
            event=item.sent,
            consumed=item.stored if stored else None,
            losses=item.losses if stored else (),
            identity=identity,
            attempt=delivery.attempt + is_known,
            repeated=delivery.repeated or is_known,
            stored=stored,
            acknowledged=said_so,
            status=status,
            refusal="" if stored or delivery.fault is not None else item.error or reception.error,
        )

    def _ingest_of(self, delivery: Delivery, context: LawContext) -> Ingest | None:
        """Return the ingest that a delivery came to, with the key by which it makes of it what was recorded."""
        name = delivery.ingest
        if name not in self._keys:
            candidates = dict.fromkeys(("key", *context.secrets))
            found = (key for key in candidates if _reads_as_recorded(self._opened(name, key), delivery))
            key = next(found, None)
            if key is None:
                return None
            self._keys[name] = key
        ingest = self._opened(name, self._keys[name])
        return ingest if _reads_as_recorded(ingest, delivery) else None

    def _opened(self, name: str, key: str) -> Ingest | None:
        if (name, key) not in self._known:
            table = self._contract.settings.world.ingests.get(name)
            kind = None if table is None else INGESTS.get(table.kind)
            if table is None or kind is None or not issubclass(kind, Ingest):
                return None
            own = [event for event in self._contract.events if event.ingest == name]
            self._known[name, key] = kind(name, table, own, key)
        return self._known[name, key]


def _received(delivery: Delivery, payload: Any, target: str) -> Received:
    body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
    return Received(delivery.method, target, delivery.headers, body, delivery.received)


def _reads_as_recorded(ingest: Ingest | None, delivery: Delivery) -> bool:
    """Whether a kind makes of a recorded event what was recorded."""
    if ingest is None:
        return False
    reception: Reception = ingest.receive(_received(delivery, delivery.payload, delivery.target))
    if reception.right_address != delivery.right_address:
        return False
    at = delivery.item if delivery.listed else 0
    if at >= len(reception.items):
        return False
    item = reception.items[at]
    return json_equal(item.sent, delivery.event) and (
        not delivery.stored or (item.stored == delivery.consumed and item.losses == delivery.losses)
    )


def _identity(delivery: Delivery, item: Item, ingest: Ingest, events: Sequence[EventContract]) -> str:
    """Return what the event is told apart by."""
    if ingest.identifies:
        return item.identity or f"delivery {delivery.number}"
    said = {event.delivery.identity for event in events}
    if delivery.by_contract and len(said) == 1:
        found = identity_of(said.pop(), item.sent, delivery.headers)
        return f"{' or '.join(dict.fromkeys(event.name for event in events))} {found}" if found else item.identity
    return delivery.identity if json_equal(item.sent, delivery.event) else item.identity or delivery.identity
