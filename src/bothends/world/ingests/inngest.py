"""The ingest of Inngest: its event API, and what it does with what it is sent."""

from __future__ import annotations

import calendar
import json
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote, unquote

from bothends.contract.messages import EVENT_KEY
from bothends.contract.tables import INGESTS
from bothends.errors import ContractError
from bothends.records import changed, join
from bothends.world.http import Reply
from bothends.world.ingests.base import Ingest, Item, Reception
from bothends.world.ingests.deduplication import SEED_HEADER, Seed, ulid
from bothends.world.ingests.go_json import GoJsonError, Reader, Repeated, as_any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import EventContract
    from bothends.contract.tables import Headers
    from bothends.world.http import Received
    from bothends.world.ingests.base import Occasion


# What Inngest's event API makes of a body: the open-source server's parser, as a pure function.
#
# Read in `pkg/eventstream/eventstream.go`, `pkg/api/api.go`, `pkg/event/event.go` and `pkg/consts` of
# github.com/inngest/inngest, and held against that parser's own results. What surprises:
#
# - An array is a stream: events before a bad one are stored, and the answer is 400 all the same.
# - An empty body and an empty array are a success that stores nothing.
# - Unknown top-level keys are dropped; known ones match without regard to case; a repeated `data` merges.
# - The bounds of `ts` are checked in nanoseconds, which overflow: microseconds pass.

EVENT_LIMIT = 3 << 20
"""Largest event, bytes."""

EVENTS_LIMIT = 5000
"""Most events in one request."""

_TEXTS = frozenset({"id", "name", "v"})
_MAPS = frozenset({"data", "meta", "user"})
_FIELDS = _TEXTS | _MAPS | {"ts"}
_RESERVED = "inngest/"
_INTERNAL = "_inngest"
_MOST_BYTES = 4  # of a character in UTF-8
_MS_TO_NS = 1_000_000
_FIRST_NS = calendar.timegm((1980, 1, 1, 0, 0, 0)) * 1_000_000_000
_LAST_NS = calendar.timegm((2100, 1, 1, 0, 0, 0)) * 1_000_000_000
_NOT_EVENTS = "Request body must contain an event object or an array of event objects"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a body.

    Attributes:
        status: HTTP status.
        error: Why it is 400; empty at 200.
        payload: The whole body as JSON; None when it is not JSON.
        items: The events that were read, in order. After the first bad one, none is stored.
    """

    status: int
    error: str
    payload: Any
    items: tuple[Item, ...] = field(default=())

    @property
    def stored(self) -> list[dict[str, Any]]:
        """The events that are stored, in order."""
        return [item.stored for item in self.items if item.stored is not None]


def parse(body: bytes, content_type: str | None, now_ms: int) -> Outcome:
    """Read a body as the event API does.

    Args:
        body: The request's body.
        content_type: Its `Content-Type`; only `multipart/form-data` matters.
        now_ms: What `ts` becomes where there is none, milliseconds since the epoch.
    """
    if (content_type or "").partition(";")[0].strip().lower() == "multipart/form-data":
        return Outcome(400, "form fields are arrays, which no event can be read from", None)
    reader = Reader(body)
    start = reader.peek()
    if start == "":
        return Outcome(200, "", None)
    return _parse_array(reader, now_ms) if start == "[" else _parse_single(reader, start, now_ms)


def _parse_single(reader: Reader, start: str, now_ms: int) -> Outcome:
    """Read a body that is one value."""
    begin = reader.at
    try:
        value = reader.value()
    except GoJsonError as error:
        return Outcome(400, str(error), None)
    if reader.peek():
        return Outcome(400, "invalid character after top-level value", None)
    if start != "{":
        return Outcome(400, _NOT_EVENTS, value, (Item(value, error=_NOT_EVENTS),))
    item = _read_item(value, reader, begin, now_ms)
    return Outcome(400 if item.error else 200, item.error, value, (item,))


def _parse_array(reader: Reader, now_ms: int) -> Outcome:
    """Read an array event by event; what comes after it is not looked at."""
    items: list[Item] = []
    error = ""
    reader.skip()
    try:
        while reader.peek() != "]":
            if items:
                _skip_comma(reader)
            begin = reader.at
            value = reader.value()
            if error:
                items.append(Item(value, error="not read: an event before it was refused"))
                continue
            if len(items) == EVENTS_LIMIT:
                item = Item(value, error=f"Request exceeds the limit of {EVENTS_LIMIT} events")
            else:
                item = _read_item(value, reader, begin, now_ms)
            error = item.error
            items.append(item)
        reader.skip()
    except GoJsonError as problem:
        return Outcome(400, error or str(problem), None, tuple(items))
    payload = None if reader.peek() else [item.sent for item in items]
    return Outcome(400 if error else 200, error, payload, tuple(items))


def _skip_comma(reader: Reader) -> None:
    character = reader.peek()
    if character != ",":
        raise GoJsonError("missing comma in array" if character else "unexpected end of JSON input")
    reader.skip()
    reader.peek()


def _read_item(value: Any, reader: Reader, begin: int, now_ms: int) -> Item:
    """Read an event that began at a character of the text, and validate it."""
    if (reader.at - begin) * _MOST_BYTES > EVENT_LIMIT:  # bytes are counted only where it may matter
        size = len(reader.text[begin : reader.at].encode())
        if size > EVENT_LIMIT:
            return Item(value, error=f"Event is over the max size: Max {EVENT_LIMIT} bytes / Size {size} bytes")
    if value is None:  # null leaves Go's struct as it was: without a name
        return Item(None, error="event name is empty")
    if not isinstance(value, dict):
        return Item(value, error="cannot unmarshal into Go value of type event.Event")
    losses: list[tuple[str, str]] = []
    fields: dict[str, Any] = {}
    try:
        for key, part in value.pairs if isinstance(value, Repeated) else value.items():
            _read_field(key, part, fields, losses, reader)
        _validate(fields, losses, now_ms)
    except RecursionError:
        return Item(value, error="exceeded max depth")
    except GoJsonError as error:
        return Item(value, error=str(error))
    return Item(value, fields, tuple(losses))


def _read_field(key: str, part: Any, fields: dict[str, Any], losses: list[tuple[str, str]], reader: Reader) -> None:
    """Read a top-level key into the field that it means, if it means one."""
    pointer = join(key)
    name = key if key in _FIELDS else _folded(key)
    if name not in _FIELDS:
        losses.append((pointer, "dropped: the event API knows no such top-level key"))
        return
    if name != key:
        losses.append((pointer, f"read as `{name}`"))
    if part is None:
        if name in _MAPS:
            fields.pop(name, None)
        return
    if not _fits(name, part):
        raise GoJsonError(f"cannot unmarshal into Go struct field Event.{name}")
    if reader.altered and name != "ts":  # ts is an int64: it keeps what float64 would lose
        part = as_any(part, pointer, losses, replaced=reader.replaced)
    if name in fields:
        merged = name in _MAPS
        losses.append((pointer, f"merged with an earlier `{name}`" if merged else "repeated key: the last one is kept"))
        part = {**fields[name], **part} if merged else part
    fields[name] = part


def _fits(name: str, part: Any) -> bool:
    """Whether a value can be read into the field's Go type."""
    if name in _TEXTS:
        return isinstance(part, str)
    if name in _MAPS:
        return isinstance(part, dict)
    return isinstance(part, int) and not isinstance(part, bool) and -(1 << 63) <= part < 1 << 63


def _validate(fields: dict[str, Any], losses: list[tuple[str, str]], now_ms: int) -> None:
    name = fields.get("name", "")
    if name.lower().startswith(_RESERVED):
        raise GoJsonError(f"event name is reserved for internal use: {name}")
    if _INTERNAL in fields.get("data", ()):
        fields["data"] = {key: part for key, part in fields["data"].items() if key != _INTERNAL}
        losses.append((f"/data/{_INTERNAL}", "stripped: reserved for internal use"))
    if fields.get("ts") == 0:
        losses.append(("/ts", "0 became the time of arrival"))
    if not fields.get("ts"):
        fields["ts"] = now_ms
    if name == "":
        raise GoJsonError("event name is empty")
    nanoseconds = (fields["ts"] * _MS_TO_NS + (1 << 63)) % (1 << 64) - (1 << 63)
    if nanoseconds < _FIRST_NS:
        raise GoJsonError("timestamp is before Jan 1, 1980")
    if nanoseconds > _LAST_NS:
        raise GoJsonError("timestamp is after Jan 1, 2100")


def _folded(key: str) -> str:
    """Fold a key as encoding/json does: by Unicode's simple folding, where the long s is s, the Kelvin sign k."""
    return key.replace("\u017f", "s").replace("\u212a", "k").lower()


# The ingest as Inngest's event API plays it over HTTP. That name is known only in this package.

# Go's server finds the type out by itself, and takes JSON for plain text.
_SNIFFED = (("content-type", "text/plain; charset=utf-8"),)
_JSON = (("content-type", "application/json"),)
_DELIMITERS = frozenset("/?#")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@INGESTS.add
class Inngest(Ingest):
    """Plays `kind = "inngest"`."""

    kind = "inngest"
    about = "the event API of Inngest"
    spoofed_headers: ClassVar[Mapping[str, Headers]] = {
        # 2026-01-01 in milliseconds, and ten bytes
        "identity": ((SEED_HEADER, "1767225600000,AAECAwQFBgcICQ=="),),
        "of-the-ingest": (
            ("x-inngest-env", "branch"),
            ("x-inngest-signature", "t=1&s=0"),
            ("x-inngest-server-kind", "dev"),
        ),
    }
    identifies = True
    tells_errors = True  # inngest-js, `send`
    splits_lists = True
    hands_on_headers = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """The event key, as it is and as it stands in a URL."""
        return self.event_key, quote(self.event_key, safe="")

    @property
    def variables(self) -> dict[str, str]:
        """The event key."""
        return {"event_key": self.event_key}

    def check(self, event: EventContract) -> None:
        """Check that the URL of a callback is the one address that the event API has.

        Raises:
            ContractError: It is another one.
        """
        if event.url.anywhere:
            return
        parts = tuple(literal or f"{{{gap}}}" for literal, gap in event.url.parts)
        if event.url.ingest != self.name or parts[1:] != ("/e/", f"{{{EVENT_KEY}}}"):
            raise ContractError(
                f"{event.url_template} is not an address of the event API.",
                where=event.location,
                expected=f"{{{self.name}}}/e/{{{EVENT_KEY}}}",
                advice=f'For any other address, use kind = "webhook" in [world.ingests.<name>], and receives ='
                f' ["{event.callback}"] where the URL comes from the request',
            )

    def receive(self, received: Received) -> Reception:
        """Read the events as the server does."""
        outcome = self._parse(received)
        seed = Seed.read(received.header(SEED_HEADER))
        items = tuple(
            changed(item, identity=_identity(index, item, seed), storable=item.stored is not None)
            for index, item in enumerate(outcome.items, 1)
        )
        right = self._right(received)
        refusal = self._refusal(received, right=right)
        error = outcome.error
        if refusal is not None and not received.problem:
            error = "Event key not found" if received.path.startswith(self._path) else "no such address"
        return Reception(received.method not in _READING, right, outcome.payload, items, refusal, error)

    def accept(self, occasion: Occasion) -> Reply:
        """Answer as the server does: the ids of what is stored, and 400 where an event is wrong."""
        reception = occasion.reception
        ids = [self._id(occasion, index) for index, item in enumerate(reception.items) if item.stored is not None]
        status = 400 if reception.error else 200
        answer = {"ids": ids or [""], "status": status, "error": reception.error}
        if not reception.error:
            del answer["error"]
        text = json.dumps(answer, separators=(",", ":"), ensure_ascii=False) + "\n"
        return Reply(status, _SNIFFED, text.encode("utf-8", "replace"))

    def pretend(self, occasion: Occasion) -> Reply:
        """Return the acknowledgement of the first event."""
        answer = {"ids": [self._id(occasion, 0)] if occasion.numbers else [""], "status": 200}
        return Reply(200, _SNIFFED, json.dumps(answer, separators=(",", ":")).encode() + b"\n")

    def acknowledges(self, reception: Reception, status: int) -> bool:
        """Return whether it is the API's one success."""
        return not reception.error and status == 200  # noqa: PLR2004 -- Inngest event API, POST /e/{key}

    @property
    def _path(self) -> str:
        return f"{self.settings.path}/e/"

    def _right(self, received: Received) -> bool:
        key = received.path.removeprefix(self._path)
        # A key is one segment of the path, percent-encoded where it must be, or where the client likes it to be.
        one = received.path != key and not _DELIMITERS.intersection(key)
        return received.method == "POST" and one and unquote(key) == self.event_key

    def _refusal(self, received: Received, *, right: bool) -> Reply | None:
        """Return what is answered where the events are not looked at."""
        if received.problem:
            return Reply(received.status, _SNIFFED, received.problem.encode())
        if not received.path.startswith(self._path) or received.path == self._path:
            health = received.method == "GET" and received.path == "/health"
            return Reply(200, _JSON, b'{"message":"OK","status":200}') if health else _missing()
        if received.method != "POST":
            return Reply(405, (("allow", "POST"),))
        return None if right else Reply(401, _JSON, b'{"error":"Event key not found","status":401}')

    @staticmethod
    def _parse(received: Received) -> Outcome:
        if received.problem:
            return Outcome(received.status, received.problem, None)
        return parse(received.body, received.header("content-type"), int(received.at * 1000))

    @staticmethod
    def _id(occasion: Occasion, index: int) -> str:
        received = occasion.received
        seed = Seed.read(received.header(SEED_HEADER))
        if seed is not None:
            return seed.id(index + 1)
        number = occasion.numbers[index] if occasion.numbers else 0
        unique = blake2b(f"{occasion.seed}/{number}".encode(), digest_size=10).digest()
        return ulid(int(received.at * 1000), unique)


def _identity(index: int, item: Item, seed: Seed | None) -> str:
    """Return what an event is deduplicated by; empty when it has nothing of the sort."""
    event = item.sent if item.stored is None else item.stored
    given = event.get("id") if isinstance(event, dict) else None
    if isinstance(given, str) and given:
        return f"id {given}"
    return f"seed {seed.text} #{index}" if seed is not None and event is not None else ""


def _missing() -> Reply:
    return Reply(404, _SNIFFED, b"404 page not found\n")
