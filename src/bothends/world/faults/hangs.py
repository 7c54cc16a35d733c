"""The upstream reads the request and never answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("hangs")
class Hangs(Fault):
    """Not a byte, and the connection stays open until the target gives up. The event is not stored."""

    pattern = "the {upstream} hangs"
    about = "the request is read, and nothing is ever answered"
    family = "upstream-timeout"

    async def play(self, turn: Turn) -> None:
        """Do nothing: an unanswered request hangs."""
