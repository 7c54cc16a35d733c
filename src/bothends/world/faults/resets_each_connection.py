"""The upstream resets each connection as soon as it is established."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn
    from bothends.world.wire import Listener


@fault("resets-each-connection")
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

    async def play(self, turn: Turn) -> None:
        """End a request that was read in the instant before."""
        turn.connection.reset()
