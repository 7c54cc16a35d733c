"""The upstream announces a longer body than it sends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn

_MORE = 64


@fault("announces-more")
class AnnouncesMore(Fault):
    """The whole of the right body, less than `Content-Length` says, FIN. The ingest has stored the event.

    RFC 9112 section 8: such a message is incomplete, however complete its JSON looks.
    """

    pattern = "the {upstream} announces more than it sends"
    about = "the right body, of a greater Content-Length; then the connection ends"
    family = "upstream-*"
    in_words = True
    may_store = True

    async def play(self, turn: Turn) -> None:
        """Answer, and close."""
        reply = turn.honest()
        longer = replace(reply, body=reply.body + bytes(_MORE))
        turn.begin(longer.head(close=True) + reply.body, reply.status)
        turn.connection.close()
