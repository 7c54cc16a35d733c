"""The upstream can't be connected to, and nothing says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn
    from bothends.world.wire import Listener


@fault("ignores-connections")
class IgnoresConnections(Fault):
    """No SYN is answered: a connection is never established, and never refused. So does a firewall that drops."""

    pattern = "the {upstream} ignores connections"
    about = "a connection is neither established nor refused"
    family = "upstream-*"

    def begin(self, listener: Listener) -> None:
        """Ignore."""
        listener.ignore()

    def met(self, listener: Listener) -> int:
        """Return 1 while a connection is in fact ignored: those of the target's never reach the listener."""
        return int(listener.ignores())

    async def play(self, turn: Turn) -> None:
        """End a request that was read in the instant before."""
        turn.connection.reset()
