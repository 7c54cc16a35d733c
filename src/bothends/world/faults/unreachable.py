"""The upstream is not there: its port refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn
    from bothends.world.wire import Listener


@fault("unreachable")
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

    async def play(self, turn: Turn) -> None:
        """End a request that was read in the instant before the port closed."""
        turn.connection.reset()
