"""Faults of a connection: it is refused, ignored, reset, closed or broken off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.world.faults.base import Fault, fault, whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.base import FaultContext
    from bothends.world.http import Listener


@fault("unreachable", tried="upstream-unreachable/unreachable")
class Unreachable(Fault):
    """Nothing listens: ECONNREFUSED."""

    pattern = "the {upstream} is unreachable"
    about = "connections are refused"
    family = "upstream-unreachable"

    def begin(self, listener: Listener) -> None:
        """Refuse."""
        listener.refuse()

    def met(self, listener: Listener) -> int:
        """Return 1 while a connection is in fact refused: those of the target's never reach the listener."""
        return int(listener.refuses())

    async def play(self, context: FaultContext) -> None:
        """End a request that was read in the instant before the port closed."""
        context.connection.reset()


_LONGEST = 60_000


@fault("unreachable-for")
class UnreachableFor(Fault):
    """ECONNREFUSED at first, then it is itself: a restart."""

    pattern = "the {upstream} is unreachable for {ms} ms"
    about = "connections are refused for this time, then it works"
    family = "upstream-unreachable"
    recovers = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read how long.

        Raises:
            ContractError: It is no number of milliseconds, or longer than a minute.
        """
        super().__init__(upstream, parameters)
        self._seconds = whole_number(parameters["ms"], _LONGEST, "milliseconds") / 1000
        self._refused = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, listener: Listener) -> None:
        """Refuse, and accept after a while."""
        listener.refuse()
        self._refused = int(listener.refuses())
        self._timer = asyncio.get_running_loop().call_later(self._seconds, listener.accept)

    def end(self) -> None:
        """Leave the port to the state that follows."""
        if self._timer is not None:
            self._timer.cancel()

    def met(self, listener: Listener) -> int:
        """Return 1 when a connection was in fact refused at first."""
        del listener
        return self._refused

    async def play(self, context: FaultContext) -> None:
        """Be itself: a request that is read has come after the while."""
        context.let_pass()


@fault("ignores-connections")
class IgnoresConnections(Fault):
    """No SYN is answered: a connection is never established, and never refused. So does a firewall that drops."""

    pattern = "the {upstream} ignores connections"
    about = "a connection is neither established nor refused"
    family = "upstream-*"
    holds = True

    def begin(self, listener: Listener) -> None:
        """Ignore."""
        listener.ignore()

    def met(self, listener: Listener) -> int:
        """Return 1 while a connection is in fact ignored: those of the target's never reach the listener."""
        return int(listener.ignores())

    async def play(self, context: FaultContext) -> None:
        """End a request that was read in the instant before."""
        context.connection.reset()


@fault("resets-each-connection", tried="upstream-unclear/resets-each-connection")
class ResetsEachConnection(Fault):
    """RST before a byte was sent or read. Nothing is stored."""

    pattern = "the {upstream} resets each connection"
    about = "a connection ends with RST as soon as it is established"
    family = "upstream-*"

    def begin(self, listener: Listener) -> None:
        """Reset what is open, and what is opened."""
        listener.turn_away(unread=False)

    def met(self, listener: Listener) -> int:
        """Return how many connections were reset."""
        return listener.turned_away

    async def play(self, context: FaultContext) -> None:
        """End a request that was read in the instant before."""
        context.connection.reset()


@fault("resets-unread", tried="upstream-unclear/resets-unread")
class ResetsUnread(Fault):
    """RST at the first byte of a request, which is left unread. Nothing is stored."""

    pattern = "the {upstream} resets the connection unread"
    about = "the connection ends with RST at the first byte of a request"
    family = "upstream-*"

    def begin(self, listener: Listener) -> None:
        """Reset every connection that sends a byte."""
        listener.turn_away(unread=True)

    def met(self, listener: Listener) -> int:
        """Return how many connections were reset."""
        return listener.turned_away

    async def play(self, context: FaultContext) -> None:
        """End a request that was read in the instant before."""
        context.connection.reset()


@fault("resets", tried="upstream-unclear/resets")
class Resets(Fault):
    """RST in the place of an answer: ECONNRESET. The event is not stored."""

    pattern = "the {upstream} resets the connection"
    about = "the request is read, then the connection ends with RST"
    family = "upstream-*"

    async def play(self, context: FaultContext) -> None:
        """Reset."""
        context.connection.reset()


@fault("closes", tried="upstream-unclear/closes")
class Closes(Fault):
    """FIN in the place of an answer. The event is not stored."""

    pattern = "the {upstream} closes the connection"
    about = "the request is read, then the connection ends without a byte"
    family = "upstream-*"

    async def play(self, context: FaultContext) -> None:
        """Close."""
        context.connection.close()


@fault("closes-idle", tried="recovery/closes-idle-connections")
class ClosesIdle(Fault):
    """FIN after each answer, and at what was kept open before: a server may do so at any time (RFC 9112, 9.3.1)."""

    pattern = "the {upstream} closes idle connections"
    about = "the right answer; then the connection ends, although it was to stay open"
    family = "upstream-*"
    recovers = True

    def begin(self, listener: Listener) -> None:
        """Close what is idle now."""
        listener.accept()
        listener.close_idle()

    async def play(self, context: FaultContext) -> None:
        """Answer, and close."""
        context.respond(context.reply())
        context.connection.close()


@fault("closes-kept")
class ClosesKept(Fault):
    """FIN in the place of an answer, once, on a connection that was kept: the two crossed (RFC 9112, 9.3.1).

    Nothing is stored. A target that keeps no connection open does not meet it: nothing is closed.
    """

    pattern = "the {upstream} closes a kept connection as it is used"
    about = "the first request on a reused connection is not answered, and the connection ends; then it works"
    family = "upstream-*"
    recovers = True
    of_connections = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Begin with all connections open."""
        super().__init__(upstream, parameters)
        self._closed = False

    async def play(self, context: FaultContext) -> None:
        """Close, or answer."""
        if self._closed or context.connection.requests == 1:
            context.respond(context.reply())
            return
        self._closed = True
        context.connection.close()


@fault("breaks-off", tried="upstream-unclear/breaks-off")
class BreaksOff(Fault):
    """The right head, half the body, FIN. The ingest has stored the event."""

    pattern = "the {upstream} breaks off in the body"
    about = "the first half of the right answer; then the connection ends"
    family = "upstream-*"
    in_words = True
    may_store = True

    async def play(self, context: FaultContext) -> None:
        """Answer by half, and close."""
        reply = context.reply()
        context.begin(reply.head(close=True) + reply.body[: len(reply.body) // 2], reply.status)
        context.connection.close()
