"""The ingest stores the event and says that it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.answers_status import error_reply
from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import status_of
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_FIRST = 400
_LAST = 599


@fault("stores-and-answers")
class StoresAndAnswers(Fault):
    """An error answer at each attempt, though the event is stored: a partial batch, a failure after the write."""

    pattern = "the {ingest} stores the event and answers {status}"
    about = "the event is stored, and answered with an error, 400 to 599"
    family = "upstream-*"
    may_store = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: It is no error status.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST, _LAST)

    async def play(self, turn: Turn) -> None:
        """Store, and say that it failed."""
        turn.honest()
        turn.reply(error_reply(self._status, turn.here))
