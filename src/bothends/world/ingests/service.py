"""An ingest on the wire, of any kind: deliveries are counted, recognised and recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bothends.contract.requests import is_aside
from bothends.contract.tables import asking
from bothends.contract.terms import identity_of
from bothends.records import Delivery
from bothends.schemas import has_constants
from bothends.world.ingests.base import Ingest, Item, Occasion
from bothends.world.ingests.deduplication import Memory, Starts
from bothends.world.ingests.signed import SignedRequests
from bothends.world.service import StubService

if TYPE_CHECKING:
    from asyncio import Event
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from bothends.contract import EventContract
    from bothends.world.http import Connection, Received, Reply
    from bothends.world.service import Armed, Outcome, Place, RequestHandler

Teller = Callable[[Delivery], int | None]
"""Returns the number of the exchange that a delivery is of; None: it does not tell."""
_NO_EVENT = Item(None, storable=False)


class IngestStub(StubService):
    """Plays one ingest.

    Args:
        ingest: Its kind, opened.
        place: Where it stands.

    Attributes:
        memory: What it has seen.
        starts: Tells what it has seen of one start of the target from that of another.
        signed: Verifies the signatures of what comes.
        first_attempts: How many events came here; further attempts at one are not counted.
        teller: Tells which exchange a delivery is of; None: nobody asks.
        untold: Requests that came while faults were for single exchanges, and that told no exchange, or several.
    """

    def __init__(self, ingest: Ingest, place: Place) -> None:
        super().__init__(ingest.name, place)
        self.ingest = ingest
        self.memory = Memory()
        self.starts = Starts()
        self.signed = SignedRequests(ingest.settings.signature)
        self.first_attempts = 0
        self.teller: Teller | None = None
        self.untold = 0

    @property
    def base_url(self) -> str:
        """The base URL that the target is told."""
        return self.listener.url + self.ingest.settings.path

    def serve(self, received: Received, connection: Connection) -> None:
        """Answer a request, or begin to play the fault: no fault is for what comes to the address of a registration."""
        if not is_aside(received.path, self.ingest.settings.path):
            super().serve(received, connection)
            return
        with asking(f"ingest kind '{self.ingest.settings.kind}'"):
            occasion = Occasion(received, self.ingest.receive(received), self.place.seed)
            reply = occasion.reception.refusal or self.ingest.accept(occasion)
        until = self.place.recorder.aside.take(received)
        if until is None:
            connection.reply(reply)
        else:
            self.begin(_reply_after(until, reply, connection))

    def handler(self, received: Received) -> IngestHandler:
        """Read the events; nothing is stored yet."""
        return IngestHandler(self, received)

    def armed_for(self, handler: RequestHandler) -> Armed | None:
        """Return the fault that is for the exchange that a request is of."""
        owner = handler.owner if isinstance(handler, IngestHandler) else None
        return None if owner is None else self.armed.get(owner)


async def _reply_after(until: Event, reply: Reply, connection: Connection) -> None:
    await until.wait()
    connection.reply(reply)


class IngestHandler:
    """One request to an ingest."""

    def __init__(self, stub: IngestStub, received: Received) -> None:
        self._stub = stub
        self._received = received
        with self._asking():
            self._reception = reception = stub.ingest.receive(received)
        recorder = stub.place.recorder
        self._items = reception.items or (_NO_EVENT,)
        self.post = recorder.next("post") if reception.counts else 0
        numbers = tuple(recorder.next("delivery") for _ in self._items) if reception.counts else ()
        self._occasion = Occasion(received, reception, stub.place.seed, numbers)
        self._signature = stub.signed.check(received, numbers[0]) if numbers else None
        self.owner = self._owner(numbers) if stub.armed and numbers else None
        # Of the kind, of the contract, else of the content.
        told = [""] * len(self._items) if stub.ingest.identifies else self._told_by_contract()
        self._by_contract = [bool(name) for name in told]
        faulty = stub.condition is not None or self.owner in stub.armed
        named = [
            name or (item.identity if stub.ingest.identifies else self._by_content(item, faulty=faulty))
            for name, item in zip(told, self._items, strict=True)
        ]
        self._identities = [name or f"delivery {number}" for name, number in zip(named, numbers, strict=False)]
        self.identities: tuple[str, ...] = tuple(name for name in named if name)
        arrivals = [stub.memory.arrived(name) if name else (1, False) for name in named]
        self._attempts = [attempt for attempt, _ in arrivals]
        stub.first_attempts += self._attempts.count(1) if reception.counts else 0
        self._repeated = [stored for _, stored in arrivals]
        self._kept = False

    @property
    def right_address(self) -> bool:
        """Whether method, path and key are ones that the world gave out."""
        return self._reception.right_address

    def reply(self) -> Reply:
        """Store what can be stored, and answer as the kind does."""
        if self._reception.refusal is not None:
            return self._reception.refusal
        self._kept = True
        for index, item in enumerate(self._items):
            if self._stores(item) and self._occasion.numbers and self._identities[index] in self.identities:
                self._repeated[index] = self._stub.memory.keep(self._identities[index])
        with self._asking():
            return self._stub.ingest.accept(self._occasion)

    def override(self, reply: Reply) -> None:
        """Do nothing: the answer does not change what is stored."""

    def fake_success(self) -> Reply:
        """Return the words of an acknowledgement; nothing is stored."""
        with self._asking():
            return self._stub.ingest.pretend(self._occasion)

    def _by_content(self, item: Item, *, faulty: bool) -> str:
        return item.identity and self._stub.memory.attempt_of(item.identity, faulty=faulty)

    def _told_by_contract(self) -> list[str]:
        """Return the identity of each event, as the contract says what identifies it; empty where it does not say."""
        ingest, received = self._stub.ingest, self._received
        events = [event for event in ingest.callbacks if event.method == received.method]
        here = [event for event in events if ingest.may_be_of(event, received)]
        return [self._identity(item, place, here) for place, item in enumerate(self._items, 1)]

    def _identity(self, item: Item, place: int, events: Sequence[EventContract]) -> str:
        if len(events) > 1:
            events = [event for event in events if has_constants(event.body, item.sent)] or events
        said = {event.delivery.identity for event in events}
        identity = said.pop() if len(said) == 1 else ""
        value = identity and identity_of(identity, item.sent, self._received.headers)
        if value and len(self._items) > 1 and not identity.startswith("/"):
            value = f"{value} #{place}"  # a header is the delivery's: it tells one list from the other
        # Two callbacks may identify their events by the same value, such as the id of an order.
        name = value and f"{' or '.join(dict.fromkeys(event.name for event in events))} {value}"
        return name and self._stub.starts.told_apart(name, item.identity)

    def _asking(self) -> AbstractContextManager[None]:
        return asking(f"ingest kind '{self._stub.ingest.settings.kind}'")

    def _owner(self, numbers: Sequence[int]) -> int | None:
        """Return the number of the exchange that all events are of; None: they do not tell it, or are of several."""
        stub, received = self._stub, self._received
        if stub.teller is None:
            return None
        told = {
            stub.teller(
                Delivery(
                    number=number,
                    post=self.post,
                    received=received.at,
                    settled=received.at,
                    method=received.method,
                    path=received.path,
                    headers=received.headers,
                    right_address=self.right_address,
                    payload=self._reception.payload,
                    event=item.sent,
                    consumed=None,
                    losses=(),
                    identity="",
                    attempt=1,
                    stored=False,
                    repeated=False,
                    acknowledged=False,
                    status=None,
                    query=received.target.partition("?")[2],
                    ingest=stub.name,
                )
            )
            for number, item in zip(numbers, self._items, strict=False)
        }
        owner = told.pop() if len(told) == 1 else None
        stub.untold += owner is None
        return owner

    def settle(self, outcome: Outcome) -> None:
        """Record a delivery for each event, and one without an event for a request that has none."""
        reception, received, ingest = self._reception, self._received, self._stub.ingest
        status, fault = outcome.status, outcome.fault
        if not reception.counts:
            return
        with self._asking():
            said_so = outcome.right and outcome.whole and status is not None and ingest.acknowledges(reception, status)
        for index, name in enumerate(self._identities):
            if not ingest.identifies and not self._by_contract[index] and name in self.identities:
                self._stub.memory.settle(name, acknowledged=said_so and self._kept)
        for index, item in enumerate(self._items):
            stored = self._kept and self._stores(item)
            self._stub.place.recorder.delivered(
                Delivery(
                    number=self._occasion.numbers[index],
                    post=self.post,
                    received=received.at,
                    settled=outcome.at,
                    method=received.method,
                    path=received.path,
                    headers=received.headers,
                    right_address=self.right_address,
                    payload=reception.payload,
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
                    acknowledged_oddly=stored and outcome.odd and outcome.whole,
                    idle_beside=received.idle_beside,
                    ingest=ingest.name,
                    query=received.target.partition("?")[2],
                    identified=ingest.identifies or self._by_contract[index],
                    by_contract=self._by_contract[index],
                    asked_to_wait=outcome.asked_to_wait,
                    signature=self._signature,
                    item=index,
                ),
                len(received.body) if index == 0 else 0,
            )

    @staticmethod
    def _stores(item: Item) -> bool:
        return item.storable and not item.error

    def _refusal(self, item: Item) -> str:
        """Say why an event was not stored by an ingest that was itself."""
        if self._received.problem or self._kept:
            return item.error or self._reception.error
        return self._reception.error or "no such address"
