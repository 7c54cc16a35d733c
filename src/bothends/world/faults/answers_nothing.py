"""The upstream answers with an empty body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import status_of
from bothends.world.faults.registry import fault
from bothends.world.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_FIRST = 200
_LAST = 599


@fault("answers-nothing")
class AnswersNothing(Fault):
    """A complete answer that says nothing. The event is not stored."""

    pattern = "the {upstream} answers {status} with no body"
    about = "a complete answer of any status, with an empty body"
    family = "upstream-wrong"
    in_words = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: It is none that ends an exchange.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST, _LAST)

    async def play(self, turn: Turn) -> None:
        """Answer with nothing."""
        turn.reply(Reply(self._status, (("content-type", "application/json"),)))
