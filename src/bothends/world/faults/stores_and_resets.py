"""The ingest stores the event and resets the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("stores-and-resets")
class StoresAndResets(Fault):
    """RST in the place of the acknowledgement, at each attempt."""

    pattern = "the {ingest} stores the event and resets the connection"
    about = "the event is stored, then the connection ends with RST"
    family = "upstream-*"
    may_store = True

    async def play(self, turn: Turn) -> None:
        """Store, and reset."""
        turn.honest()
        turn.connection.reset()
