"""The upstream begins to answer, and stops in the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("stalls-in-body")
class StallsInBody(Fault):
    """The right head and half the body; the connection stays open. The ingest has stored the event."""

    pattern = "the {upstream} stalls in the body"
    about = "the right answer, of which the second half never comes, until the target gives up"
    family = "upstream-timeout"
    in_words = True
    may_store = True

    async def play(self, turn: Turn) -> None:
        """Answer by half."""
        reply = turn.honest()
        turn.begin(reply.head() + reply.body[: len(reply.body) // 2], reply.status)
