"""The ingest stores the event and never says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("stores-and-hangs")
class StoresAndHangs(Fault):
    """Not a byte, and the connection stays open until the target gives up."""

    pattern = "the {ingest} stores the event and hangs"
    about = "the event is stored, and nothing is ever answered"
    family = "upstream-timeout"
    may_store = True

    async def play(self, turn: Turn) -> None:
        """Store: an unanswered request hangs."""
        turn.honest()
