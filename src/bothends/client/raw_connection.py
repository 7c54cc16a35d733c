"""A connection over which a client behaves as its behaviour has it, byte by byte."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.client.response import ResponsesReader
from bothends.records import Answer, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.client.connection import Connection, Outcome
    from bothends.client.connector import Connector
    from bothends.clock import Clock


LEAVES_AFTER = 0.7
"""Seconds after which a client goes that need not get an answer."""
QUIET = 0.15
"""Seconds without a byte after the answers that were asked for: then no more are waited for."""
_POLL = 0.01
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back over a line.

    Attributes:
        answers: Each answer, with the time when it was whole; by the clock, seconds.
        end: Why there is no further one.
        began: When the first byte could be sent; by the clock, seconds.
        ended: When the line was over; by the clock, seconds.
        connection: The connection's number; 0 when there was none.
        begun: How many of the requests were begun: what follows a request that is not answered may not be.
        stale: Whether the last of them went over a connection that had carried one before, and that ended before a
            byte of its answer: whether the target has executed it can't be known.
    """

    answers: tuple[tuple[Answer, float], ...]
    end: NoAnswer
    began: float
    ended: float
    connection: int = 0
    begun: int = 1
    stale: bool = False


class RawConnection:
    """What a behaviour plays on.

    Attributes:
        payload: The request's bytes.
        asked: How many answers the payload asks for.
        time_limit: Seconds within which a good client must have its answer.
        left: Whether the client has gone of its own accord.
        begun: How many of the requests were begun. A behaviour that sends them one by one counts them with `next`.
    """

    def __init__(  # noqa: PLR0913 -- what a connection needs, and what a behaviour may look at
        self,
        connector: Connector,
        payload: bytes,
        *,
        asked: int,
        clock: Clock,
        time_limit: float,
        limits: tuple[int, int],
        at_work: Callable[[], bool],
    ) -> None:
        """Make a connection that is not connected yet.

        Args:
            connector: Makes connections.
            payload: The request's bytes.
            asked: How many answers it asks for.
            clock: The run's clock.
            time_limit: Seconds within which a good client must have its answer.
            limits: Most bytes of a body, and of a head, that are read.
            at_work: Tells whether the target is seen to be at work on the request.
        """
        self.payload = payload
        self.asked = asked
        self.time_limit = time_limit
        self.left = False
        self.begun = asked
        self._kept = False
        self._connector = connector
        self._clock = clock
        self._limits = limits
        self._at_work = at_work
        self._connection: Connection | None = None
        self._asking: asyncio.Future[Outcome] | None = None
        self._fellows: list[RawConnection] = []
        self._standing: list[tuple[Connection, asyncio.Future[Outcome]]] = []
        self._began = clock.now()
        self._earlier: list[tuple[Answer, float]] = []
        self._reader = self._new_reader()

    @property
    def head(self) -> bytes:
        """The payload up to the end of its head."""
        head, end, _ = self.payload.partition(_HEAD_END)
        return head + end

    @property
    def body(self) -> bytes:
        """What follows the payload's head."""
        return self.payload.partition(_HEAD_END)[2]

    def one_by_one(self) -> None:
        """Count requests as they are begun: this one is the first, each further one is sent with `next`."""
        self.begun = 1

    def next(self, request: bytes) -> None:
        """Send the next request; whatever has come over this connection was asked for by the ones before."""
        self.begun += 1
        self._kept = self._reader.received > 0
        self.write(request)

    async def connect(self) -> NoAnswer | None:
        """Connect; return None, or why there is no connection.

        Raises:
            HarnessError: This machine is out of sockets.
        """
        made = await self._connector.connect()
        if isinstance(made, NoAnswer):
            return made
        self._began = self._clock.now() if self._connection is None else self._began
        self._connection = made
        self._asking = asyncio.ensure_future(made.ask(b"", self._reader, 2 * self.time_limit))
        await asyncio.sleep(0)  # the reader is in its place before anything can come
        return None

    async def again(self) -> None:
        """Connect once more, when the target has ended the connection; what has come over it is kept.

        Raises:
            HarnessError: This machine is out of sockets.
        """
        if self._connection is not None:
            self._connection.drop()
        if self._asking is not None:
            await self._asking
        self._asking, self._earlier = None, [*self._earlier, *self._reader.answers]
        self._reader = self._new_reader()
        await self.connect()

    async def afresh(self) -> None:
        """Connect once more; the first connection stands, and nothing is sent over it, until the line is over.

        Raises:
            HarnessError: This machine is out of sockets.
        """
        if self._connection is not None and self._asking is not None:
            self._standing.append((self._connection, self._asking))
        self._connection, self._asking, self._reader = None, None, self._new_reader()
        await self.connect()

    async def fellow(self, payload: bytes) -> None:
        """Connect another client that sends this much, and then no more until the line is over.

        Raises:
            HarnessError: This machine is out of sockets.
        """
        line = RawConnection(
            self._connector,
            payload,
            asked=1,
            clock=self._clock,
            time_limit=self.time_limit,
            limits=self._limits,
            at_work=self._at_work,
        )
        self._fellows.append(line)
        if await line.connect() is None:
            line.write(payload)

    def write(self, data: bytes) -> None:
        """Send bytes, unless the connection has ended."""
        self._open.write(data)

    async def drip(self, data: bytes, pieces: int, pause: float) -> None:
        """Send bytes in pieces; stop when the target answers, or ends the connection.

        Args:
            data: What is sent.
            pieces: In how many pieces.
            pause: Seconds between them.
        """
        size = max(1, -(-len(data) // pieces))
        for start in range(0, len(data), size):
            if self.over or self.answered:
                return
            self.write(data[start : start + size])
            await asyncio.sleep(pause)

    def half_close(self) -> None:
        """Say that no more will be sent."""
        self._open.half_close()

    def read_no_more(self) -> None:
        """Leave unread what comes."""
        self._open.read_no_more()

    def leave(self) -> None:
        """Close the connection in order."""
        self.left = True
        self._open.drop()

    def reset(self) -> None:
        """Break the connection off."""
        self.left = True
        self._open.reset()

    @property
    def over(self) -> bool:
        """Whether the connection has ended, or can't be read on."""
        return self._asking is None or self._asking.done()

    @property
    def has_received(self) -> bool:
        """Whether the target has sent anything, be it `100 Continue`."""
        return self._reader.received > 0

    @property
    def answered(self) -> bool:
        """Whether a final answer has come."""
        return bool(self._answers)

    @property
    def ended(self) -> bool:
        """Whether nothing more may be sent: the connection has ended, or the last answer says that it will."""
        return self.over or (self.answered and not self._reader.reusable)

    @property
    def all_answered(self) -> bool:
        """Whether all answers have come that were asked for."""
        return len(self._answers) >= self.asked

    async def until(self, true: Callable[[], bool], seconds: float) -> None:
        """Wait until something is so, the connection has ended, or time has passed."""
        deadline = self._clock.now() + seconds
        while not (true() or self.over or self._clock.now() >= deadline):  # noqa: ASYNC110 -- what is waited for is not ours to signal
            await asyncio.sleep(_POLL)

    async def until_at_work(self, seconds: float) -> None:
        """Wait until the target is seen to be at work on the request, has answered it, or time has passed."""
        await self.until(lambda: self._at_work() or self.answered, seconds)

    async def answers(self, seconds: float) -> None:
        """Wait for the answers that were asked for, and a little for those that were not.

        While the target is seen to be at work, nobody leaves: it will answer, though a busy machine may make it late.
        What it has executed would seem not to be.

        Args:
            seconds: How long the target may do nothing that is seen.
        """
        deadline = self._began + max(self.time_limit, seconds)
        last = self._clock.now()
        while not (self.answered or self.over) and self._clock.now() < min(last + seconds, deadline):
            await asyncio.sleep(_POLL)
            last = self._clock.now() if self._at_work() else last
        await self.until(lambda: self.all_answered, last + seconds - self._clock.now())
        while not self.over and self.answered:
            seen = self._reader.received
            await self.until(lambda seen=seen: self._reader.received != seen, QUIET)  # type: ignore[misc]  # mypy#12557
            if self._reader.received == seen:
                return

    async def finish(self) -> Heard:
        """End the line and its fellows, and return what was heard."""
        for line in self._fellows:
            await line.finish()
        for connection, asking in self._standing:
            connection.drop()
            await asking
        if self._connection is None or self._asking is None:
            now = self._clock.now()
            return Heard((), NoAnswer("closed", "there was no connection"), self._began, now)
        waited = not self.over
        if waited:
            self._connection.drop()
        outcome = await self._asking
        end = outcome.answer
        if self.left:
            end = NoAnswer("closed", "the client went away")
        elif waited:
            end = NoAnswer("timeout", f"the client waited no longer; {self._reader.progress()}")
        elif not isinstance(end, NoAnswer):
            end = NoAnswer("closed", "the connection ended")
        answers = tuple(self._answers)
        stale = self._kept and len(answers) < self.begun and end.kind in {"closed", "reset"} and not self.left
        return Heard(answers, end, self._began, self._clock.now(), self._connection.number, self.begun, stale)

    @property
    def _answers(self) -> list[tuple[Answer, float]]:
        return [*self._earlier, *self._reader.answers]

    def _new_reader(self) -> ResponsesReader:
        body_limit, head_limit = self._limits
        method = self.payload.partition(b" ")[0].decode("latin-1")
        return ResponsesReader(method, self._clock, body_limit=body_limit, head_limit=head_limit)

    @property
    def _open(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("connect first")
        return self._connection
