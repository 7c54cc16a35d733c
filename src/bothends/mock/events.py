"""Makes the events that an answer owes: how many, where they go, and what is in them."""

from __future__ import annotations

import secrets
from itertools import count
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import EVENT_KEY, is_form, is_json, write_form
from bothends.contract.tables import INGESTS
from bothends.mock.answers import dumps
from bothends.mock.delivery import Message, Sender
from bothends.mock.signing import names
from bothends.records import MISSING, resolve
from bothends.schemas import NoValueError, Shaper, Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, EventContract, Operation
    from bothends.mock.exchange import Exchange
    from bothends.mock.learning import Surroundings
    from bothends.world import Reply

_HEADER = "header."
_SUCCESS = range(200, 300)
_MOST = 1000


class Events:
    """Makes messages.

    Args:
        contract: The contract.
        surroundings: Knows where the ingests are, and what signs.
        seed: Values follow from it.
        base_url: Where requests were sent, without their target.
    """

    def __init__(self, contract: Contract, surroundings: Surroundings, seed: str, base_url: str) -> None:
        self._contract = contract
        self._surroundings = surroundings
        self._seed = seed
        self.base_url = base_url
        self._senders: dict[tuple[str, str], Sender] = {}
        self._shapers: dict[int, Shaper] = {}
        self._numbers = count(1)
        # Identities differ from those of another run: a receiver may still know these.
        self._run = secrets.token_hex(6)

    def take_over(self, before: Events) -> None:
        """Go on counting where another contract's events end."""
        self._numbers, self._run = before._numbers, before._run

    def owed(self, exchange: Exchange, reply: Reply) -> Iterator[Message]:
        """Yield what an answer owes; nothing of a callback whose address is not known."""
        moment = exchange.moment(reply, self.base_url)
        for event in exchange.operation.events:
            if event.when is None:
                owed = 1 if reply.status in _SUCCESS else 0
            else:
                holds = event.when.holds(reply.status, moment)
                owed = min(event.when.number(moment) or 0, _MOST) if holds else 0
            for places in _together(event, owed):
                url = self._url(event, exchange, reply)
                if url:
                    yield self._message(exchange.operation, event, exchange, url, places)

    def _url(self, event: EventContract, exchange: Exchange, reply: Reply) -> str:
        known = self._surroundings
        base = known.get(f"world.{event.url.ingest}") if event.url.ingest else ""
        key = known.get(f"world.{event.url.ingest}.event_key") or known.get("world.event_key")
        needs_key = EVENT_KEY in event.url.names
        if (event.url.ingest and not base) or (needs_key and not key):
            return ""
        return event.url.url(exchange.moment(reply, self.base_url), base, key) or ""

    def _message(
        self, operation: Operation, event: EventContract, exchange: Exchange, url: str, places: range
    ) -> Message:
        number = next(self._numbers)
        identity = f"msg_{self._run}{number:010x}"
        value: Any = MISSING
        if event.media_type:
            seeds = [f"{self._seed}/{event.name}/{exchange.number}/{place}" for place in places]
            values = [self._value(event, exchange, seed, identity) for seed in seeds]
            value = values if event.always_listed else values[0]
        sender = self._sender(operation, event)
        headers, identity = self._headers(event, exchange, value, identity)
        body, media_type = _written(event, value)
        if media_type:
            headers.insert(0, ("Content-Type", media_type))
        return Message(
            number=number,
            sender=sender,
            operation=operation.id,
            url=url,
            headers=headers,
            body=body,
            identity=identity,
            value=None if value is MISSING else value,
            count=len(places),
        )

    def _value(self, event: EventContract, exchange: Exchange, seed: str, identity: str) -> Any:
        pointer = event.delivery.identity
        own = pointer.rpartition("/")[2] if pointer and not pointer.startswith(_HEADER) else ""
        examples = (each.value for each in event.body_examples if each.media_type == event.media_type)
        example = next(examples, MISSING)
        if event.listed is not None and isinstance(example, list):
            example = example[0] if example else MISSING
        wishes = Wishes(
            sources=exchange.sources(event.walk.sources),
            hint=example,
            fresh=frozenset({own} if own else {"id"}),
        )
        try:
            return self._shaper(event).make(f"{seed}/{identity}", wishes)
        except NoValueError:
            return {} if example is MISSING else example

    def _headers(
        self, event: EventContract, exchange: Exchange, value: Any, identity: str
    ) -> tuple[list[tuple[str, str]], str]:
        """Return the headers that the callback declares, and the identity of the event."""
        found: list[tuple[str, str]] = []
        terms = event.delivery.identity
        signature = self._signature(event)
        signed = frozenset() if signature is None else names(signature.name, signature.table.values, signature.secrets)
        named = terms.removeprefix(_HEADER) if terms.startswith(_HEADER) else ""
        if terms and not named:
            inside = resolve(value, terms) if value is not MISSING else MISSING
            identity = identity if inside is MISSING or inside is None else str(inside)
        for rule in event.headers:
            if rule.name.lower() == named.lower() or not (rule.required or rule.schema):
                continue
            text = self._header_value(rule, exchange)
            if text and rule.name.lower() not in signed:
                found.append((rule.name, text))
        if named and named.lower() not in signed:
            found.append((named, identity))
        return found, identity

    def _header_value(self, rule: Any, exchange: Exchange) -> str:
        if rule.schema is None:
            return rule.example_text or "1"
        shaper = self._shapers.setdefault(id(rule), Shaper(rule.schema))
        try:
            value = shaper.make(f"{self._seed}/{rule.name}/{exchange.number}", Wishes(sources=exchange.sources(())))
        except NoValueError:
            return ""
        return value if isinstance(value, str) else dumps(value).decode()

    def _signature(self, event: EventContract) -> Any:
        table = self._contract.settings.world.ingests.get(event.ingest)
        return None if table is None else table.signature

    def _sender(self, operation: Operation, event: EventContract) -> Sender:
        key = operation.id, event.name
        found = self._senders.get(key)
        if found is None:
            table = self._contract.settings.world.ingests.get(event.ingest)
            kind = None if table is None else INGESTS.find(table.kind)
            found = self._senders[key] = Sender(
                event,
                event.ingest,
                self._signature(event),
                lambda: self._secrets(event),
                errors_count=kind is not None and kind.tells_errors,
                identified=self._identified(event, kind),
            )
        return found

    def _identified(self, event: EventContract, kind: type[Any] | None) -> bool:
        signature = self._signature(event)
        if event.delivery.identity or getattr(kind, "identifies", False):
            return True
        brings = () if signature is None else names(signature.name, signature.table.values, signature.secrets)
        return any(name.endswith("id") for name in brings)

    def _secrets(self, event: EventContract) -> list[str]:
        signature = self._signature(event)
        if signature is None:
            return []
        told = self._surroundings.numbered(f"world.{event.ingest}.secret")
        return told or list(signature.secrets)

    def _shaper(self, event: EventContract) -> Shaper:
        found = self._shapers.get(id(event))
        if found is None:
            found = self._shapers[id(event)] = Shaper(event.body)
        return found


def _together(event: EventContract, owed: int) -> Iterator[range]:
    """Yield which events go in one message: one, or where each body is a list as many as it may have."""
    most = event.whole.raw.get("maxItems", owed) if event.always_listed else 1
    size = max(1, most)
    for start in range(0, owed, size):
        yield range(start, min(start + size, owed))


def _written(event: EventContract, value: Any) -> tuple[bytes | None, str]:
    """Return the bytes of an event, and its media type; None: it has no body."""
    if not event.media_type:
        return None, ""
    if value is MISSING:
        return b"", event.media_type
    media_type = "application/json" if "*" in event.media_type else event.media_type
    if is_form(media_type):
        return write_form(value if isinstance(value, dict) else {}, media_type, {})
    if is_json(media_type) or not isinstance(value, str):
        return dumps(value), media_type
    return value.encode(), media_type
