"""Faults of a connection: it is refused, ignored, reset, closed or broken off."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from bothends.world.faults.base import Fault, fault, fault_of, milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.base import FaultContext
    from bothends.world.http import Listener


def _reset(context: FaultContext) -> None:
    context.connection.reset()


_connection = partial(fault_of, family="upstream-*")

# Before a request is read: `met` says how often, as the target's connections may never reach the listener. A request
# that was read in the instant before is reset.

_connection(
    "unreachable",
    "the {upstream} is unreachable",
    "connections are refused",
    "Nothing listens: ECONNREFUSED.",
    tried="upstream-unreachable/unreachable",
    family="upstream-unreachable",
    unseen=True,
    begin=lambda listener: listener.refuse(),
    met=lambda listener: int(listener.port.refuses()),
    plays=_reset,
)


@fault("unreachable-for")
class UnreachableFor(Fault):
    """ECONNREFUSED at first, then it is itself: a restart."""

    pattern = "the {upstream} is unreachable for {ms} ms"
    about = "connections are refused for this time, then it works"
    family = "upstream-unreachable"
    recovers = True
    unseen = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read how long: milliseconds, a minute at most."""
        super().__init__(upstream, parameters)
        self._seconds = milliseconds(parameters["ms"]) / 1000
        self._refused = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, listener: Listener) -> None:
        """Refuse, and accept after a while."""
        listener.refuse()
        self._refused = int(listener.port.refuses())
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


_connection(
    "ignores-connections",
    "the {upstream} ignores connections",
    "a connection is neither established nor refused",
    "No SYN is answered, and none refused. So does a firewall that drops.",
    holds=True,
    unseen=True,
    begin=lambda listener: listener.ignore(),
    met=lambda listener: int(listener.port.ignores()),
    plays=_reset,
)
_connection(
    "resets-each-connection",
    "the {upstream} resets each connection",
    "a connection ends with RST as soon as it is established",
    "RST before a byte was sent or read. Nothing is stored.",
    tried="upstream-unclear/resets-each-connection",
    begin=lambda listener: listener.turn_away(unread=False),
    met=lambda listener: listener.turned_away,
    plays=_reset,
)
_connection(
    "resets-unread",
    "the {upstream} resets the connection unread",
    "the connection ends with RST at the first byte of a request",
    "The request is left unread. Nothing is stored.",
    tried="upstream-unclear/resets-unread",
    begin=lambda listener: listener.turn_away(unread=True),
    met=lambda listener: listener.turned_away,
    plays=_reset,
)


# In the place of an answer, or after it.


def _close_idle(listener: Listener) -> None:
    listener.accept()
    listener.connections.close_idle()


def _answer_and_close(context: FaultContext) -> None:
    context.respond(context.reply())
    context.connection.close()


def _answer_by_half(context: FaultContext) -> None:
    reply = context.reply()
    context.begin(reply.head(close=True) + reply.body[: len(reply.body) // 2], reply.status)
    context.connection.close()


_connection(
    "resets",
    "the {upstream} resets the connection",
    "the request is read, then the connection ends with RST",
    "RST in the place of an answer: ECONNRESET. The event is not stored.",
    tried="upstream-unclear/resets",
    plays=_reset,
)
_connection(
    "closes",
    "the {upstream} closes the connection",
    "the request is read, then the connection ends without a byte",
    "FIN in the place of an answer. The event is not stored.",
    tried="upstream-unclear/closes",
    plays=lambda context: context.connection.close(),
)
_connection(
    "closes-idle",
    "the {upstream} closes idle connections",
    "the right answer; then the connection ends, although it was to stay open",
    "FIN after each answer, and at what was kept open before: a server may do so at any time (RFC 9112, 9.3.1).",
    tried="recovery/closes-idle-connections",
    recovers=True,
    begin=_close_idle,
    plays=_answer_and_close,
)


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


_connection(
    "breaks-off",
    "the {upstream} breaks off in the body",
    "the first half of the right answer; then the connection ends",
    "The right head, half the body, FIN. The ingest has stored the event.",
    tried="upstream-unclear/breaks-off",
    in_words=True,
    may_store=True,
    plays=_answer_by_half,
)
