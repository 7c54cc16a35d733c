"""The upstream begins to answer, and stops before there is a head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("stalls-in-head")
class StallsInHead(Fault):
    """A status line and half a header; the connection stays open. The ingest has stored the event."""

    pattern = "the {upstream} stalls in the head"
    about = "the beginning of a head, and then nothing until the target gives up"
    family = "upstream-timeout"
    may_store = True

    async def play(self, turn: Turn) -> None:
        """Begin to answer."""
        reply = turn.honest()
        turn.begin(reply.head()[:-8], reply.status)
