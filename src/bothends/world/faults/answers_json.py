"""The upstream answers with a JSON value of one's choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import json_text, status_of
from bothends.world.faults.registry import fault
from bothends.world.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_FIRST = 200
_LAST = 599


@fault("answers-json")
class AnswersJson(Fault):
    """A complete answer in JSON, which is not what was asked for. The event is not stored."""

    pattern = "the {upstream} answers {status} with the JSON {json}"
    about = "a complete answer of any status, with this JSON text as its body"
    family = "upstream-wrong"
    in_words = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status and the text.

        Raises:
            ContractError: The status is none that ends an exchange, or the text is no JSON.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST, _LAST)
        self._body = json_text(parameters["json"])

    async def play(self, turn: Turn) -> None:
        """Answer."""
        turn.reply(Reply(self._status, (("content-type", "application/json"),), self._body))
