"""The ingest stores the event, and its answer is lost, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fails_times import FailsTimes
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("stores-and-resets-once")
class StoresAndResetsOnce(FailsTimes):
    """RST at the first attempt of each event, which is stored all the same; then it is itself."""

    pattern = "the {ingest} stores the event and resets the connection once"
    about = "the event is stored, and the connection ends with RST; at the next attempt it works"
    may_store = True

    def fail(self, turn: Turn) -> None:
        """Store, and reset."""
        turn.honest()
        turn.connection.reset()
