"""The ingest as Inngest's event API plays it over HTTP. That name is known only in this package."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from bothends.contract.url_template import EVENT_KEY
from bothends.errors import ContractError
from bothends.world.ingest.event_api import Outcome, parse
from bothends.world.ingest.identities import SEED_HEADER, Seed, ulid
from bothends.world.ingest.kind import Ingest, Item, Reception
from bothends.world.wire import Reply

if TYPE_CHECKING:
    from bothends.contract import EventContract
    from bothends.world.ingest.kind import Occasion
    from bothends.world.wire import Received

# Go's server finds the type out by itself, and takes JSON for plain text.
_SNIFFED = (("content-type", "text/plain; charset=utf-8"),)
_JSON = (("content-type", "application/json"),)
_DELIMITERS = frozenset("/?#")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Inngest(Ingest):
    """Plays `kind = "inngest"`."""

    kind = "inngest"
    identifies = True

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
        parts = tuple(literal or f"{{{gap}}}" for literal, gap in event.url.parts)
        if event.url.ingest != self.name or parts[1:] != ("/e/", f"{{{EVENT_KEY}}}"):
            raise ContractError(
                f"{event.url_template} is not an address that the event API takes.",
                where=event.location,
                expected=f"{{{self.name}}}/e/{{{EVENT_KEY}}}",
                advice=f'for any other address, use kind = "webhook" in [world.ingests.<name>], and receives ='
                f' ["{event.callback}"] where the URL comes from the request',
            )

    def receive(self, received: Received) -> Reception:
        """Read the events as the server does."""
        outcome = self._parse(received)
        seed = Seed.read(received.header(SEED_HEADER))
        items = tuple(
            replace(item, identity=_identity(index, item, seed), storable=item.stored is not None)
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
