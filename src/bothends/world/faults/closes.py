"""The upstream reads the request and closes the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("closes")
class Closes(Fault):
    """FIN in the place of an answer. The event is not stored."""

    pattern = "the {upstream} closes the connection"
    about = "the request is read, then the connection ends without a byte"
    family = "upstream-*"

    async def play(self, turn: Turn) -> None:
        """Close."""
        turn.connection.close()
