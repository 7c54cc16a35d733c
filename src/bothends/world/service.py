"""A stub service: one service of the world, at one listener, in one state."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from bothends.records import Condition
from bothends.world.aside import Aside
from bothends.world.elsewhere import elsewhere
from bothends.world.faults import FaultContext
from bothends.world.faults.base import Service
from bothends.world.http import Listener

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bothends.clock import Clock
    from bothends.records import Delivery, UpstreamCall
    from bothends.world.faults import Fault
    from bothends.world.http import Connection, Received, Reply


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request was answered.

    Attributes:
        at: When the answer was about to be written, or the fault was played, seconds since the epoch.
        status: HTTP status that was answered, or None.
        right: Whether the answer was the honest one.
        whole: Whether it was written whole while the target still listened.
        fault: The condition whose fault was played, or None.
        odd: Whether the answer may be taken for an acknowledgement, though it is never given in truth.
        asked_to_wait: Seconds that the answer asks to wait (`Retry-After`); None: it does not.
    """

    at: float
    status: int | None
    right: bool
    whole: bool
    fault: Condition | None = None
    odd: bool = False
    asked_to_wait: float | None = None


class RequestHandler(Service, Protocol):
    """One request at a stub service, from when it was read to when it is settled."""

    @property
    def post(self) -> int:
        """The number of a request to an ingest; 0: it is to another service, or is not counted."""
        ...

    def settle(self, outcome: Outcome) -> None:
        """Hand the record of the request to the recorder."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stub service is in its world.

    Attributes:
        host: Address to listen on.
        port: Port; None: a free one.
        seed: The run's seed.
        clock: The run's clock.
        recorder: Gets the records.
        elsewhere: A listener that a target can know only from a redirect.
    """

    host: str
    port: int | None
    seed: int
    clock: Clock
    recorder: Recorder
    elsewhere: Listener | None = None


@dataclass(slots=True)
class Armed:
    """A fault that is for the deliveries of one exchange alone.

    Attributes:
        condition: Its condition.
        fault: The fault.
        exchange: The number of the exchange; None: it is for all.
        fired: How often it was met.
    """

    condition: Condition
    fault: Fault
    exchange: int | None = None
    fired: int = 0


class StubService(ABC):
    """Serves a listener: normally, or with the fault of its state.

    Args:
        name: The upstream's name, or `ingest`.
        place: Where it stands.

    Attributes:
        listener: Where the target reaches it.
        armed: Faults that are for the requests of one exchange each, by its number.
    """

    def __init__(self, name: str, place: Place) -> None:
        self.name = name
        self.place = place
        self.listener = Listener(name, place.host, place.port, service=self, clock=place.clock)
        self._condition: Condition | None = None
        self._fault: Fault | None = None
        self._fired = 0
        self._promise: Reply | None = None
        self.armed: dict[int, Armed] = {}
        self._playing: set[asyncio.Task[None]] = set()

    @abstractmethod
    def handler(self, received: Received) -> RequestHandler:
        """Begin with one request."""

    def set(self, condition: Condition | None, fault: Fault | None) -> None:
        """Put it into a state. Requests that hang in the state before it go on hanging.

        Args:
            condition: The state; None: it is itself.
            fault: The fault of that state.
        """
        if self._fault is not None:
            self._fault.end()
        self._condition, self._fault, self._fired = condition, fault, 0
        self.listener.connections.abandon()
        if fault is None:
            self.listener.accept()
        else:
            fault.begin(self.listener)

    def armed_for(self, handler: RequestHandler) -> Armed | None:  # noqa: ARG002 -- for services whose requests tell it
        """Return the fault that is for the exchange of a request; None: there is none, or nobody knows the exchange."""
        return None

    def promise(self, reply: Reply | None) -> None:
        """Give these answers until further notice, in any state; None: its own.

        What it does stays the same: with a success, the ingest stores.
        """
        self._promise = reply

    @property
    def condition(self) -> Condition | None:
        """The state that is set; None when it is itself."""
        return self._condition

    @property
    def fired(self) -> int:
        """How often the fault was met since it was set; what has begun to be played counts."""
        return self._fired + self.met

    @property
    def met(self) -> int:
        """How often the fault was met by what never became a request that was read."""
        return 0 if self._fault is None else self._fault.met(self.listener)

    def serve(self, received: Received, connection: Connection) -> None:
        """Answer a request, or begin to play the fault."""
        handler = self.handler(received)
        if self._promise is not None and not received.problem:
            self._keep_promise(self._promise, handler, connection)
            return
        armed = self.armed_for(handler) if self.armed and not received.problem else None
        if armed is None and self._fault is not None and self._condition is not None and not received.problem:
            armed = Armed(self._condition, self._fault)
        if armed is not None:
            there = self.place.elsewhere
            away = "" if there is None else elsewhere(there.url, armed.exchange, handler.post)
            context = FaultContext(received, connection, handler, here=self.listener.url, elsewhere=away)
            self.begin(self._play(armed, context, handler))
            return
        reply = handler.reply()
        # Before it is written: it may be read by another process, and that be done before this one goes on.
        at = self.place.clock.now()
        whole = connection.reply(reply)
        handler.settle(Outcome(at, reply.status, right=True, whole=whole))

    def begin(self, playing: Coroutine[None, None, None]) -> None:
        """Begin what takes a while; it ends with the service."""
        task = asyncio.get_running_loop().create_task(playing)
        self._playing.add(task)
        task.add_done_callback(self._played)

    def _keep_promise(self, promise: Reply, handler: RequestHandler, connection: Connection) -> None:
        right = promise.status < HTTPStatus.BAD_REQUEST
        if right:
            own = handler.reply()
            # What it would refuse by itself (another address, no event), no promise covers.
            promise = own if own.status >= HTTPStatus.BAD_REQUEST else promise
            handler.override(promise)
        whole = connection.reply(promise)
        fault = None if right else Condition.of("answers-status", self.name, status=promise.status)
        handler.settle(Outcome(self.place.clock.now(), promise.status, right=right, whole=whole, fault=fault))

    async def stop(self) -> None:
        """End all that is in progress, and close."""
        for task in tuple(self._playing):
            task.cancel()
        await self.listener.stop()

    async def _play(self, armed: Armed, context: FaultContext, handler: RequestHandler) -> None:
        # Counted at once: some are played for as long as the target waits.
        condition, fault = armed.condition, armed.fault
        current = fault is self._fault
        self._fired += current
        armed.fired += 1
        await fault.play(context)
        if context.redirected and handler.post:
            self.place.recorder.redirected(handler.post)
        if not context.played:
            armed.fired -= 1
            self._fired -= current and fault is self._fault
        outcome = Outcome(
            self.place.clock.now(),
            context.status,
            right=context.right,
            whole=context.whole,
            fault=condition if context.played and not context.right else None,
            odd=context.odd,
            asked_to_wait=context.asked_to_wait,
        )
        handler.settle(outcome)

    def _played(self, task: asyncio.Task[None]) -> None:
        self._playing.discard(task)
        if not task.cancelled() and isinstance(exception := task.exception(), Exception):
            self.listener.failed(exception)


# The recorder: keeps what the world has seen of the target until it is asked for.

_LOOK_SECONDS = 0.02
_MOST_RECORDS = 20_000
_MOST_BYTES = 64 << 20


class Recorder:
    """Numbers deliveries, posts and calls, and collects their records.

    What is kept between two looks is bounded: a target that never stops sending must not fill the memory.

    Attributes:
        dropped: Records for which there was no room, in all.
        redirects: Whether a request to an ingest was told another address since calls to such were expected last.
        aside: What came to the addresses of registrations.
        heard: Each is called with each delivery, as soon as it is settled.
    """

    def __init__(self) -> None:
        self.heard: list[Callable[[Delivery], None]] = []
        self._deliveries: list[Delivery] = []
        self._calls: list[UpstreamCall] = []
        self._bytes = 0
        self._redirected: set[int] = set()
        self.redirects = False
        self.dropped = 0
        self.aside = Aside()
        self._numbers = {"delivery": 0, "post": 0, "call": 0}

    def next(self, sort: str) -> int:
        """Return the next number, from 1, of a `delivery`, `post` or `call`."""
        self._numbers[sort] += 1
        return self._numbers[sort]

    @property
    def posts(self) -> int:
        """How many requests to an ingest were numbered."""
        return self._numbers["post"]

    def delivered(self, delivery: Delivery, size: int) -> None:
        """Keep a delivery; `size` is that of the body that it is a part of, bytes."""
        for hear in self.heard:
            hear(delivery)
        if self._has_room(size):
            self._deliveries.append(delivery)

    def redirected(self, post: int) -> None:
        """Note that a request to an ingest was told another address."""
        if len(self._redirected) < _MOST_RECORDS:
            self._redirected.add(post)
        self.redirects = True

    async def followed(self, timeout: float) -> None:  # noqa: ASYNC109 -- what is not followed in time is no error
        """Wait until the target has called each address that a redirect of an ingest has told it.

        Args:
            timeout: Seconds to wait at most: a target that follows none calls nobody.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + timeout
        while self._redirected and clock() < until:  # noqa: ASYNC110 -- nothing tells that no call will come
            await asyncio.sleep(_LOOK_SECONDS)
        self._redirected.clear()
        self.redirects = False

    def called(self, call: UpstreamCall) -> None:
        """Keep an upstream call."""
        self._redirected.discard(call.post)
        if self._has_room(0):
            self._calls.append(call)

    @property
    def waiting(self) -> int:
        """How many deliveries were witnessed and not yet taken."""
        return len(self._deliveries)

    @property
    def waiting_at_a_callback(self) -> int:
        """How many of these came to the address of a callback, or are of one wherever they came."""
        return sum(one.at_callback for one in self._deliveries)

    def take(self) -> tuple[list[Delivery], list[UpstreamCall]]:
        """Return what was kept since the last time, each in the order in which it was settled."""
        deliveries, self._deliveries = self._deliveries, []
        calls, self._calls = self._calls, []
        self._bytes = 0
        return deliveries, calls

    def _has_room(self, size: int) -> bool:
        room = len(self._deliveries) + len(self._calls) < _MOST_RECORDS and self._bytes + size <= _MOST_BYTES
        self._bytes += size if room else 0
        self.dropped += not room
        return room
