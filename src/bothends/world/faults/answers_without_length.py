"""The upstream gives the right answer, which ends with the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.answers_in_chunks import unsized_head
from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("answers-without-length")
class AnswersWithoutLength(Fault):
    """The right answer; its length is told by the end of the connection (RFC 9112, section 6.3)."""

    pattern = "the {upstream} answers without a length"
    about = "the right answer, whose end is the end of the connection, which is no fault"
    family = ""

    async def play(self, turn: Turn) -> None:
        """Answer, and close."""
        reply = turn.honest()
        await turn.reply_in([unsized_head(reply, "connection: close", close=False) + reply.body])
        turn.connection.close()
