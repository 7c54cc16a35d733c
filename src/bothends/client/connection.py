"""One TCP connection to a target, and the exchanges on it, one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from bothends.records import Answer, NoAnswer

if TYPE_CHECKING:
    from bothends.client.response import ResponseReader
    from bothends.clock import Clock
    from bothends.records import Case

_READ = 65_536
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""The option of Linux by which what has come is acknowledged at once (tcp(7)); None: this system has none."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one request on a connection came to.

    Attributes:
        answer: The answer, or why there is none.
        began: When the first byte was sent; by the clock, seconds.
        ended: When the outcome was known; by the clock, seconds.
        unsent: Whether it is certain that not a byte of the request was written.
    """

    answer: Answer | NoAnswer
    began: float
    ended: float
    unsent: bool = False


class Connection(asyncio.Protocol):
    """Writes a request and reads its response at the same time.

    A target may answer and close before it has read the whole request. So the answer counts whenever
    it is whole, whatever became of the writing; what the kernel had received before a reset is read.

    Attributes:
        number: Counts the client's connections, from 1.
        usable: Whether another request may be sent on it.
        uses: How many requests were sent on it.
        former: The case of the last of them; None: there was none, or it was of no case.
        had_body: Whether the last of them had a body, of which the target may have left a part unread.
        lost: Whether the connection is gone, its socket too.
    """

    def __init__(self, number: int, sock: socket.socket, clock: Clock, *, secure: bool) -> None:
        """Wrap a connected socket; the transport owns it."""
        self.number = number
        self.usable = True
        self.uses = 0
        self.former: Case | None = None
        self.had_body = False
        self.lost = False
        self._socket = sock
        self._clock = clock
        self._secure = secure
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._settled: asyncio.Future[Answer | NoAnswer] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ended = 0.0
        self._idle_since = clock.now()

    async def ask(self, payload: bytes, reader: ResponseReader, time_limit: float) -> Outcome:
        """Send a request and wait for what it comes to; cancelling it drops the connection.

        Args:
            payload: The request's bytes.
            reader: Reads the response.
            time_limit: Seconds until the answer must be whole; infinite: who asks cancels it in time.
        """
        assert self._transport is not None  # noqa: S101 -- set before `connect` returns
        loop = asyncio.get_running_loop()
        self.uses += 1
        if self._transport.is_closing():
            # It ended since it was made, with nobody to be told: what is asked now would wait for nothing.
            now = self._clock.now()
            return Outcome(NoAnswer("closed", "it had ended before anything was sent"), now, now, unsent=True)
        self._reader = reader
        self._settled = loop.create_future()
        self._timer = None if time_limit == inf else loop.call_later(time_limit, self._expire, reader, time_limit)
        began = self._clock.now()
        try:
            self._transport.write(payload)
            answer = await self._settled
        except asyncio.CancelledError:
            if self._timer is not None:
                self._timer.cancel()
            self._reader = None
            self.drop()
            raise
        return Outcome(answer, began, self._ended)

    def fresh_enough(self, longest_idle: float, *, sure: bool) -> bool:
        """Return whether it can be used again: idle no longer than this, seconds, and nothing came meanwhile.

        Args:
            longest_idle: The seconds.
            sure: Whether also nothing came that the loop has not seen.
        """
        if not self.usable or self._clock.now() - self._idle_since > longest_idle:
            return False
        if not sure:
            return True
        try:
            # The loop may not have seen yet that the target has closed: ask the kernel.
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:  # reset meanwhile: no longer of use, and nothing is lost with it
            pass
        return False

    def stop(self) -> None:
        """Take what has come as all there is."""
        if self._reader is not None:
            self._settle(self._reader, self._reader.end())

    def drop(self) -> None:
        """Close at once; what is not written yet is not written any more."""
        assert self._transport is not None  # noqa: S101 -- nobody has the connection earlier
        self.usable = False
        self._transport.abort()

    # What follows is for clients that do not behave.

    def write(self, data: bytes) -> None:
        """Send more, unless the connection has ended."""
        assert self._transport is not None  # noqa: S101 -- nobody has the connection earlier
        if not self._transport.is_closing():
            self._transport.write(data)

    def half_close(self) -> None:
        """Say that no more will be sent; over TLS, which knows no half (RFC 8446, section 6.1), do nothing."""
        assert self._transport is not None  # noqa: S101 -- nobody has the connection earlier
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()

    def read_no_more(self) -> None:
        """Leave what comes in the kernel's buffer, until that is full."""
        assert self._transport is not None  # noqa: S101 -- nobody has the connection earlier
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def reset(self) -> None:
        """End the connection with a RST in place of a FIN, as a process does that dies with bytes unread."""
        if not self.lost:
            # On, and no time to linger (socket(7)).
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.drop()

    # What follows is called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- what a stream socket has
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read on; bytes that nobody asked for end the connection."""
        reader = self._reader
        if reader is None:
            self.drop()
            return
        answer = reader.feed(data)
        if answer is not None:
            self._settle(reader, answer)
        else:
            self._acknowledge()

    def _acknowledge(self) -> None:
        """Acknowledge what has come at once.

        Many a server writes the head and the body of an answer one after the other, and its system holds the body back
        until the head is acknowledged (RFC 9293, section 3.7.4). That takes 40 ms or more, as this side waits for more.
        """
        if _QUICKACK is not None:
            with contextlib.suppress(OSError):  # it has ended meanwhile, or is no TCP
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def eof_received(self) -> None:
        """Take the end: the target sends no more."""
        self.usable = False
        self.stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Save what came before the loss."""
        self.usable = False
        reader = self._reader
        if reader is not None:
            if not self._secure:
                self._drain(reader)
            # After an orderly end, writing fails with EPIPE; anything else is a reset or worse.
            orderly = reader.outcome is not None or exc is None or isinstance(exc, BrokenPipeError)
            self._settle(reader, reader.end() if orderly else NoAnswer("reset", f"{exc}; {reader.progress()}"))
        self.lost = True

    def _drain(self, reader: ResponseReader) -> None:
        """Read what the kernel still holds: a failed write ends the transport before it has read all."""
        try:
            while reader.outcome is None and (data := self._socket.recv(_READ)):
                reader.feed(data)
        except OSError:  # nothing more is there: it would block, or the reset comes next
            return

    def _expire(self, reader: ResponseReader, time_limit: float) -> None:
        self._settle(reader, NoAnswer("timeout", f"after {time_limit:.1f} s {reader.progress()}"))

    def _settle(self, reader: ResponseReader, answer: Answer | NoAnswer) -> None:
        assert self._transport is not None  # noqa: S101 -- there is no answer before the connection
        assert self._settled is not None  # noqa: S101 -- likewise
        self._reader = None
        if self._timer is not None:
            self._timer.cancel()
        self._ended = self._idle_since = self._clock.now()
        # A body that was not wholly sent would be taken for the next request.
        if not reader.reusable or self._transport.get_write_buffer_size():
            self.drop()
        if not self._settled.done():  # it is when the request was cancelled in this turn of the loop
            self._settled.set_result(answer)
