"""The upstream resets a connection before it has read the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn
    from bothends.world.wire import Listener


@fault("resets-unread")
class ResetsUnread(Fault):
    """RST at the first byte of a request, which is left unread. Nothing is stored."""

    pattern = "the {upstream} resets the connection unread"
    about = "the connection ends with RST at the first byte of a request"
    family = "upstream-*"

    def begin(self, listener: Listener) -> None:
        """Reset whatever has something to say."""
        listener.turn_away(unread=True)

    def met(self, listener: Listener) -> int:
        """Return how many connections were reset."""
        return listener.turned_away

    async def play(self, turn: Turn) -> None:
        """End a request that was read in the instant before."""
        turn.connection.reset()
