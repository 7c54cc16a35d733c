"""The upstream gives the right answer under another media type."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("answers-as")
class AnswersAs(Fault):
    """The right answer, named otherwise: the real ingest too says `text/plain` of its JSON."""

    pattern = "the {upstream} answers as {media_type}"
    about = "the right answer under another media type, which is no fault"
    family = ""

    async def play(self, turn: Turn) -> None:
        """Answer."""
        reply = turn.honest()
        headers = [(name, value) for name, value in reply.headers if name != "content-type"]
        named = replace(reply, headers=(*headers, ("content-type", self.parameters["media_type"])))
        await turn.reply_in([named.head(close=not turn.connection.keep_alive) + named.body])
