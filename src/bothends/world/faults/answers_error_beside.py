"""The ingest acknowledges, and tells of an error beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import object_of
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("answers-error-beside")
class AnswersErrorBeside(Fault):
    """The words of an acknowledgement, and `error` beside them. The event is not stored."""

    pattern = "the {ingest} acknowledges with an error beside it"
    about = "200 and the body of a success, with `error` in it"
    family = "upstream-wrong"
    in_words = True

    async def play(self, turn: Turn) -> None:
        """Answer so."""
        reply = turn.pretended()
        value = {**object_of(reply.body), "error": "Internal Server Error"}
        turn.reply(replace(reply, body=json.dumps(value).encode()))
