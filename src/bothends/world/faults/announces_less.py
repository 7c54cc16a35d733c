"""The upstream announces a shorter body than it sends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("announces-less")
class AnnouncesLess(Fault):
    """The whole of the right body, more than `Content-Length` says, FIN. The ingest has stored the event."""

    pattern = "the {upstream} announces less than it sends"
    about = "the right body, of a smaller Content-Length; then the connection ends"
    family = "upstream-*"
    in_words = True
    may_store = True

    async def play(self, turn: Turn) -> None:
        """Answer, and close."""
        reply = turn.honest()
        shorter = replace(reply, body=reply.body[: len(reply.body) // 2])
        turn.begin(shorter.head(close=True) + reply.body, reply.status)
        turn.connection.close()
