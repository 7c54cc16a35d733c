"""The upstream asks to be called again later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.world.faults.answers_status import error_reply
from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import status_of, whole_number
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_FIRST = 400
_LAST = 599
_LONGEST = 1_000_000


@fault("answers-and-asks-to-wait")
class AnswersAndAsksToWait(Fault):
    """An error with `Retry-After` (RFC 9110, section 10.2.3). The event is not stored."""

    pattern = "the {upstream} answers {status} and asks to wait {seconds} s"
    about = "an error answer, 400 to 599, with Retry-After"
    family = "upstream-*"

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status and the time.

        Raises:
            ContractError: The status is no error, or the time no number of seconds.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST, _LAST)
        self._seconds = whole_number(parameters["seconds"], _LONGEST, "seconds")

    async def play(self, turn: Turn) -> None:
        """Answer so."""
        reply = error_reply(self._status, turn.here)
        turn.reply(replace(reply, headers=(*reply.headers, ("retry-after", str(self._seconds)))))
