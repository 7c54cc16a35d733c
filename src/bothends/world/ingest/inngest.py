"""The ingest as Inngest's event API plays it over HTTP. That name is known only in this package."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bothends.records import Delivery
from bothends.world.faults import INGEST
from bothends.world.ingest.event_api import Item, Outcome, parse
from bothends.world.ingest.identities import SEED_HEADER, Memory, Seed, ulid
from bothends.world.station import Station
from bothends.world.wire import Reply

if TYPE_CHECKING:
    from bothends.records import Condition
    from bothends.world.station import Place
    from bothends.world.wire import Received

# Go's server finds the type out by itself, and takes JSON for plain text.
_SNIFFED = (("content-type", "text/plain; charset=utf-8"),)
_JSON = (("content-type", "application/json"),)
_NO_EVENT = Item(None)
_DELIMITERS = frozenset("/?#")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Inngest(Station):
    """Plays `[world.ingest] kind = "inngest"`.

    Args:
        event_key: The one key that it knows.
        place: Where it stands.
        path: The path of its base URL; empty: none.
    """

    kind = "inngest"

    def __init__(self, event_key: str, place: Place, path: str = "") -> None:
        super().__init__(INGEST, place)
        self.event_key = event_key
        self.path = f"{path}/e/"
        self.memory = Memory()

    def visit(self, received: Received) -> InngestVisit:
        """Read the events; nothing is stored yet."""
        return InngestVisit(self, received)


class InngestVisit:
    """One request to the ingest."""

    def __init__(self, ingest: Inngest, received: Received) -> None:
        self._ingest = ingest
        self._received = received
        self._counts = received.method not in _READING
        self._now_ms = int(received.at * 1000)
        self._outcome = self._parse()
        self._items = self._outcome.items or (_NO_EVENT,)
        self._seed = Seed.read(received.header(SEED_HEADER))
        self._post = ingest.place.witness.next("post") if self._counts else 0
        self._numbers = [ingest.place.witness.next("delivery") for _ in self._items] if self._counts else []
        named = [self._name(index, item) for index, item in enumerate(self._items, 1)]
        self._identities = [name or f"delivery {number}" for name, number in zip(named, self._numbers, strict=False)]
        self.identities: tuple[str, ...] = tuple(name for name in named if name)
        arrivals = [ingest.memory.arrived(name) if name else (1, False) for name in named]
        self._attempts = [attempt for attempt, _ in arrivals]
        self._repeated = [stored for _, stored in arrivals]
        self._kept = False

    @property
    def right_address(self) -> bool:
        """Whether method, path and key are the ones that the world gave out."""
        path, ingest = self._received.path, self._ingest
        key = path.removeprefix(ingest.path)
        # A key is one segment of the path, percent-encoded where it must be, or where the client likes it to be.
        one = path != key and not _DELIMITERS.intersection(key)
        return self._received.method == "POST" and one and unquote(key) == ingest.event_key

    def honest(self) -> Reply:
        """Store what can be stored, and answer as the real server does."""
        received = self._received
        if received.problem:
            return Reply(received.status, _SNIFFED, received.problem.encode())
        if not received.path.startswith(self._ingest.path) or received.path == self._ingest.path:
            health = received.method == "GET" and received.path == "/health"
            return Reply(200, _JSON, b'{"message":"OK","status":200}') if health else _missing()
        if received.method != "POST":
            return Reply(405, (("allow", "POST"),))
        if not self.right_address:
            return Reply(401, _JSON, b'{"error":"Event key not found","status":401}')
        self._kept = True
        ids = []
        for index, item in enumerate(self._items):
            if item.stored is not None:
                if self._identities[index] in self.identities:
                    self._repeated[index] = self._ingest.memory.keep(self._identities[index])
                ids.append(self._id(index))
        answer = {"ids": ids or [""], "status": self._outcome.status, "error": self._outcome.error}
        if not self._outcome.error:
            del answer["error"]
        text = json.dumps(answer, separators=(",", ":"), ensure_ascii=False) + "\n"
        return Reply(self._outcome.status, _SNIFFED, text.encode("utf-8", "replace"))

    def instead(self, reply: Reply) -> None:
        """Nothing: what is stored is the same in whatever words that is told."""

    def pretended(self) -> Reply:
        """Return the acknowledgement of the first event; nothing is stored."""
        answer = {"ids": [self._id(0)] if self._numbers else [""], "status": 200}
        return Reply(200, _SNIFFED, json.dumps(answer, separators=(",", ":")).encode() + b"\n")

    def settle(  # noqa: PLR0913 -- as `Visit` has it
        self, *, at: float, status: int | None, right: bool, whole: bool, fault: Condition | None, odd: bool = False
    ) -> None:
        """Record a delivery for each event, and one without an event for a request that has none."""
        if not self._counts:
            return
        received = self._received
        said_so = right and whole and status == self._outcome.status == 200  # noqa: PLR2004 -- the API's one success
        for index, item in enumerate(self._items):
            stored = self._kept and item.stored is not None
            self._ingest.place.witness.delivered(
                Delivery(
                    number=self._numbers[index],
                    post=self._post,
                    received=received.at,
                    settled=at,
                    method=received.method,
                    path=received.path,
                    headers=received.headers,
                    right_address=self.right_address,
                    payload=self._outcome.payload,
                    event=item.sent,
                    consumed=item.stored if stored else None,
                    losses=item.losses if stored else (),
                    identity=self._identities[index],
                    attempt=self._attempts[index],
                    stored=stored,
                    repeated=self._repeated[index],
                    acknowledged=stored and said_so,
                    status=status,
                    refusal=self._refusal(item) if fault is None else "",
                    fault=fault,
                    acknowledged_oddly=stored and odd and whole,
                    idle_beside=received.idle_beside,
                ),
                len(received.body) if index == 0 else 0,
            )

    def _parse(self) -> Outcome:
        received = self._received
        if received.problem:
            return Outcome(received.status, received.problem, None)
        return parse(received.body, received.header("content-type"), self._now_ms)

    def _name(self, index: int, item: Item) -> str:
        """Return what an event is deduplicated by; empty when it has nothing of the sort."""
        event = item.sent if item.stored is None else item.stored
        given = event.get("id") if isinstance(event, dict) else None
        if isinstance(given, str) and given:
            return f"id {given}"
        return f"seed {self._seed.text} #{index}" if self._seed is not None and event is not None else ""

    def _id(self, index: int) -> str:
        if self._seed is not None:
            return self._seed.id(index + 1)
        unique = blake2b(f"{self._ingest.place.seed}/{self._numbers[index]}".encode(), digest_size=10).digest()
        return ulid(self._now_ms, unique)

    def _refusal(self, item: Item) -> str:
        """Say why an event was not stored by an ingest that was itself."""
        if self._received.problem or self._kept:
            return item.error or self._outcome.error
        return "Event key not found" if self._received.path.startswith(self._ingest.path) else "no such address"


def _missing() -> Reply:
    return Reply(404, _SNIFFED, b"404 page not found\n")
