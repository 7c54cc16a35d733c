"""The upstream is not there: its port refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


class Unreachable(Fault):
    """Nothing listens: ECONNREFUSED."""

    pattern = "the {upstream} is unreachable"
    about = "connections are refused"
    family = "upstream-unreachable"
    refuses = True

    async def play(self, turn: Turn) -> None:
        """End a request that was read in the instant before the port closed."""
        turn.connection.reset()
