"""The upstream reads the request and resets the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("resets")
class Resets(Fault):
    """RST in the place of an answer: ECONNRESET. The event is not stored."""

    pattern = "the {upstream} resets the connection"
    about = "the request is read, then the connection ends with RST"
    family = "upstream-*"

    async def play(self, turn: Turn) -> None:
        """Reset."""
        turn.connection.reset()
