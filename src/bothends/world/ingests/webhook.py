"""A plain receiver of webhooks: any method, path and query; nothing is dropped, merged or deduplicated."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import blake2b
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl

from bothends.contract.messages import is_json
from bothends.contract.tables import INGESTS
from bothends.schemas import Schema, has_constants
from bothends.world.answers import Answers
from bothends.world.http import Reply
from bothends.world.ingests.base import Ingest, Item, Reception

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.contract import DeclaredAnswer, EventContract
    from bothends.contract.tables import Headers
    from bothends.world.http import Received
    from bothends.world.ingests.base import Occasion

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_PLAIN = Reply(200)
_FORM = "application/x-www-form-urlencoded"


@INGESTS.add
class Webhook(Ingest):
    """Plays `kind = "webhook"`."""

    kind = "webhook"
    about = "a plain receiver of webhooks: any method, path and query"
    spoofed_headers: ClassVar[Mapping[str, Headers]] = {
        "identity": (("webhook-id", "msg_0"), ("webhook-timestamp", "1767225600")),
        "of-the-ingest": (("webhook-signature", "v1,AAAA"),),
    }

    def receive(self, received: Received) -> Reception:
        """Read the body as JSON, as a form, or as nothing; the address is right where a callback may have it."""
        here = [event for event in self.callbacks if self.may_be_of(event, received)]
        right = any(event.method == received.method for event in here)
        counts = received.method not in _READING or right
        if received.problem:
            refusal = Reply(received.status, (), received.problem.encode())
            return Reception(counts, right, None, (), refusal, received.problem)
        payload = _payload(received)
        if isinstance(payload, list) and self._splits(payload, here, received.method):
            return Reception(counts and bool(payload), right, payload, tuple(_items(payload, received.line)))
        sent = received.body.decode("utf-8", "replace") if payload is None else payload
        return Reception(counts, right, payload, (_item(payload, sent, _content(received.line, received.body)),))

    def accept(self, occasion: Occasion) -> Reply:
        """Answer with the first success that the callback declares."""
        received = occasion.received
        fitting = [event for event in self.callbacks if self.may_be_of(event, received)]
        exact = [event for event in fitting if event.method == received.method]
        for event in (*exact, *fitting):
            declared = next((answer for answer in event.answers if _status(answer)), None)
            if declared is not None:
                number = occasion.numbers[0] if occasion.numbers else 0
                return _reply(declared, occasion.seed, number)
        return _PLAIN

    def pretend(self, occasion: Occasion) -> Reply:
        """Return the same words: they say nothing of the event."""
        return self.accept(occasion)

    def _splits(self, payload: list[Any], here: Sequence[EventContract], method: str) -> bool:
        """Return whether each item of a list is an event: so the callback says that it may be of.

        Where no callback is declared, nobody has said it: items that are objects are events.
        """
        if not self.callbacks:
            return bool(payload) and all(isinstance(item, dict) for item in payload)
        events = [event for event in here if event.method == method] or here
        for narrower in (has_constants, Schema.is_valid):
            if len({event.listed is None for event in events}) > 1:
                events = [event for event in events if narrower(event.whole, payload)] or events
        return any(event.listed is not None for event in events)

    def may_be_of(self, event: EventContract, received: Received) -> bool:
        """Return whether an event may have been sent to where a request came; its host is not looked at."""
        if event.url.whole is not None:
            return True  # what an exchange gives is known only with the exchange
        pattern = event.url.pattern(self.settings.path, self.event_key)
        return pattern.fullmatch(received.target) is not None or pattern.fullmatch(received.path) is not None


def _payload(received: Received) -> Any:
    """Return a body's value, JSON or a form; None where it can't be read."""
    media_type = (received.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type == _FORM:
        return dict(reversed(parse_qsl(received.body.decode("utf-8", "replace"), keep_blank_values=True)))
    try:
        return json.loads(received.body)
    except (ValueError, RecursionError):
        return None


def _item(value: Any, sent: Any, identity: str) -> Item:
    return Item(sent, value if isinstance(value, dict) else {"body": value}, identity=identity)


def _items(payload: list[Any], line: str) -> Iterator[Item]:
    """Yield each event of a list. Of several that are alike, each is one: what came together is no other attempt."""
    alike: Counter[str] = Counter()
    for event in payload:
        content = _content(line, json.dumps(event, sort_keys=True).encode())
        alike[content] += 1
        yield _item(event, event, content if alike[content] == 1 else f"{content}.{alike[content]}")


def _content(line: str, body: bytes) -> str:
    """Return what stands for all that an attempt repeats: method, target and body."""
    state = blake2b(line.encode("utf-8", "surrogatepass"), digest_size=8)
    state.update(b"\0" + body)
    return f"content {state.hexdigest()}"


def _status(answer: DeclaredAnswer) -> int:
    """Return the status of a declared success; 0 for any other answer."""
    if answer.status.upper() == "2XX":
        return 200
    return int(answer.status) if answer.status.isdigit() and answer.status.startswith("2") else 0


def _reply(declared: DeclaredAnswer, seed: int, number: int) -> Reply:
    """Return a declared answer: its example, else a value of its schema, else no body."""
    status = _status(declared)
    if status == HTTPStatus.NO_CONTENT:
        return Reply(status)
    for media_type, example in declared.examples:
        return Reply(status, (("content-type", media_type),), _text(example, media_type))
    for media_type, schema in declared.content.items():
        if schema is not None and is_json(media_type):
            _, text = Answers("acknowledgement", schema.raw, seed).make(number)
            return Reply(status, (("content-type", media_type),), text)
    return Reply(status)


def _text(value: Any, media_type: str) -> bytes:
    return value.encode() if isinstance(value, str) and not is_json(media_type) else json.dumps(value).encode()
