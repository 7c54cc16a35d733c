"""The upstream fails, and says so in the body alone."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.world.faults.answers_status import error_reply
from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("answers-error-as-success")
class AnswersErrorAsSuccess(Fault):
    """200, and a body that tells of an error. The event is not stored."""

    pattern = "the {upstream} answers 200 with an error in it"
    about = "200 with the JSON body of an error 500"
    family = "upstream-wrong"
    in_words = True

    async def play(self, turn: Turn) -> None:
        """Fail."""
        turn.reply(replace(error_reply(HTTPStatus.INTERNAL_SERVER_ERROR, turn.here), status=200))
