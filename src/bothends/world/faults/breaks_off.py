"""The upstream breaks off in the body of its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("breaks-off")
class BreaksOff(Fault):
    """The right head, half the body, FIN. The ingest has stored the event."""

    pattern = "the {upstream} breaks off in the body"
    about = "the right answer, of which the second half never comes; then the connection ends"
    family = "upstream-*"
    in_words = True
    may_store = True

    async def play(self, turn: Turn) -> None:
        """Answer by half, and close."""
        reply = turn.honest()
        turn.begin(reply.head(close=True) + reply.body[: len(reply.body) // 2], reply.status)
        turn.connection.close()
