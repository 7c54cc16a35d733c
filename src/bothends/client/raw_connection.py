"""A connection over which a client behaves as its behaviour has it, byte by byte."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.client.heard import Heard, Hearing
from bothends.client.payload import Payload
from bothends.client.waits import Waits
from bothends.records import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.client.connection import Connection, Outcome
    from bothends.client.connector import Connector
    from bothends.clock import Clock


class RawConnection:
    """What a behaviour plays on: what is sent, and when the client connects and goes.

    Attributes:
        payload: What the client has to send.
        heard: What has come back.
        wait: Waits for what comes back.
        left: Whether the client has gone of its own accord.
        begun: How many of the requests were begun. A behaviour that sends them one by one counts them with `next`.
    """

    def __init__(  # noqa: PLR0913 -- what a connection needs, and what a behaviour may look at
        self,
        connector: Connector,
        payload: Payload,
        *,
        clock: Clock,
        time_limit: float,
        least_wait: float,
        limits: tuple[int, int],
        at_work: Callable[[], bool],
    ) -> None:
        """Make a connection that is not connected yet.

        Args:
            connector: Makes connections.
            payload: What the client has to send.
            clock: The run's clock.
            time_limit: Seconds within which a good client must have its answer.
            least_wait: Seconds that any client waits that the target has not answered yet.
            limits: Most bytes of a body, and of a head, that are read.
            at_work: Tells whether the target is seen to be at work on the request.
        """
        self.payload = payload
        self.heard = Hearing(payload, clock, limits)
        self.wait = Waits(self.heard, clock, time_limit=time_limit, least_wait=least_wait, at_work=at_work)
        self.left = False
        self.begun = payload.asked
        self._kept = False
        self._connector = connector
        self._clock = clock
        self._limits = limits
        self._at_work = at_work
        self._connection: Connection | None = None
        self._fellows: list[RawConnection] = []
        self._standing: list[tuple[Connection, asyncio.Future[Outcome]]] = []

    def one_by_one(self) -> None:
        """Count requests as they are begun: this one is the first, each further one is sent with `next`."""
        self.begun = 1

    def next(self, request: bytes) -> None:
        """Send the next request; whatever has come over this connection was asked for by the ones before."""
        self.begun += 1
        self._kept = self.heard.has_received
        self.write(request)

    async def connect(self) -> NoAnswer | None:
        """Connect; return None, or why there is no connection.

        Raises:
            HarnessError: This machine is out of sockets.
        """
        made = await self._connector.connect()
        if isinstance(made, NoAnswer):
            return made
        if self._connection is None:
            self.wait.began = self._clock.now()
        self._connection = made
        await self.heard.listen(made, 2 * self.wait.time_limit)
        return None

    async def again(self) -> None:
        """Connect once more, when the target has ended the connection; what has come over it is kept."""
        if self._connection is not None:
            self._connection.drop()
        await self.heard.go_on()
        await self.connect()

    async def afresh(self) -> None:
        """Connect once more; the first connection stands, and nothing is sent over it, until the line is over.

        Raises:
            HarnessError: This machine is out of sockets.
        """
        if self._connection is not None and self.heard.asking is not None:
            self._standing.append((self._connection, self.heard.asking))
        self._connection = None
        self.heard.begin_anew()
        await self.connect()

    async def fellow(self, data: bytes) -> None:
        """Connect another client that sends this much, and then no more until the line is over.

        Raises:
            HarnessError: This machine is out of sockets.
        """
        line = RawConnection(
            self._connector,
            Payload(data),
            clock=self._clock,
            time_limit=self.wait.time_limit,
            least_wait=self.wait.least_wait,
            limits=self._limits,
            at_work=self._at_work,
        )
        self._fellows.append(line)
        if await line.connect() is None:
            line.write(data)

    def write(self, data: bytes) -> None:
        """Send bytes, unless the connection has ended."""
        self._open.write(data)

    async def drip(self, data: bytes, pieces: int, pause: float) -> None:
        """Send bytes in pieces, `pause` seconds between them; stop when the target answers, or ends the connection."""
        size = max(1, -(-len(data) // pieces))
        for start in range(0, len(data), size):
            if self.heard.over or self.heard.answered:
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

    async def finish(self) -> Heard:
        """End the line and its fellows, and return what was heard."""
        for line in self._fellows:
            await line.finish()
        for connection, asking in self._standing:
            connection.drop()
            await asking
        present = self.heard.asking
        if self._connection is None or present is None:
            heard = tuple(self.heard.answers)
            why = "there was no other connection" if heard else "there was no connection"
            return Heard(heard, NoAnswer("closed", why), self.wait.began, self._clock.now(), begun=self.begun)
        waited = not self.heard.over
        if waited:
            self._connection.drop()
        end = (await present).answer
        if self.left:
            end = NoAnswer("closed", "the client went away")
        elif waited:
            end = NoAnswer("timeout", f"the client waited no longer; {self.heard.reader.progress()}")
        elif not isinstance(end, NoAnswer):
            end = NoAnswer("closed", "the connection ended")
        answers = tuple(self.heard.answers)
        stale = self._kept and len(answers) < self.begun and end.kind in {"closed", "reset"} and not self.left
        return Heard(answers, end, self.wait.began, self._clock.now(), self._connection.number, self.begun, stale)

    @property
    def _open(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("connect first")
        return self._connection
