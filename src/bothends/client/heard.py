"""What comes back to a client: the answers over its connections, and what became of them at the end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.client.response import ResponsesReader

if TYPE_CHECKING:
    from bothends.client.connection import Connection, Outcome
    from bothends.client.payload import Payload
    from bothends.clock import Clock
    from bothends.records import Answer, NoAnswer


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


class Hearing:
    """Reads what comes back to a client, over one connection after the other.

    Attributes:
        reader: Reads the present connection.
        asking: What that comes to; None: there is none.
    """

    def __init__(self, payload: Payload, clock: Clock, limits: tuple[int, int]) -> None:
        """Expect answers to the payload; at most `limits` bytes of a body, and of a head, are read."""
        self._payload = payload
        self._clock = clock
        self._limits = limits
        self._earlier: list[tuple[Answer, float]] = []
        self.reader = self._new_reader()
        self.asking: asyncio.Future[Outcome] | None = None

    async def listen(self, connection: Connection, seconds: float) -> None:
        """Read a connection that has just been made, for so many seconds at most."""
        self.asking = asyncio.ensure_future(connection.ask(b"", self.reader, seconds))
        await asyncio.sleep(0)  # the reader is in its place before anything can come

    @property
    def over(self) -> bool:
        """Whether the connection has ended, or can't be read on."""
        return self.asking is None or self.asking.done()

    @property
    def ended(self) -> bool:
        """Whether nothing more may be sent: the connection has ended, or the last answer says that it will."""
        return self.over or (self.answered and not self.reader.reusable)

    @property
    def answers(self) -> list[tuple[Answer, float]]:
        """Each final answer so far, with the time when it was whole; by the clock, seconds."""
        return [*self._earlier, *self.reader.answers]

    @property
    def answered(self) -> bool:
        """Whether a final answer has come."""
        return bool(self.answers)

    @property
    def all_answered(self) -> bool:
        """Whether all answers have come that were asked for."""
        return len(self.answers) >= self._payload.asked

    @property
    def has_received(self) -> bool:
        """Whether the target has sent anything over the present connection, be it `100 Continue`."""
        return self.reader.received > 0

    async def go_on(self) -> None:
        """Be ready for another connection, when this one has ended; what has come over it is kept."""
        if self.asking is not None:
            await self.asking
        self._earlier = self.answers
        self.begin_anew()

    def begin_anew(self) -> None:
        """Be ready for another connection, and hear no more of this one."""
        self.asking, self.reader = None, self._new_reader()

    def _new_reader(self) -> ResponsesReader:
        body_limit, head_limit = self._limits
        return ResponsesReader(self._payload.method, self._clock, body_limit=body_limit, head_limit=head_limit)
