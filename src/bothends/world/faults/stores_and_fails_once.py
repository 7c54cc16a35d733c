"""The ingest stores the event and says that it failed, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fails_times import FailsTimes
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("stores-and-fails-once")
class StoresAndFailsOnce(FailsTimes):
    """500 at the first attempt of each event, which is stored all the same; then it is itself."""

    pattern = "the {ingest} stores the event and fails once"
    about = "the event is stored, and answered 500; at the next attempt it works"
    may_store = True

    def fail(self, turn: Turn) -> None:
        """Store, and say that it failed."""
        turn.honest()
        super().fail(turn)
