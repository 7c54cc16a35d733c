"""The upstream is slow: it does what it does at once, and says so only after a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import whole_number
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_LONGEST = 60_000


@fault("answers-after")
class AnswersAfter(Fault):
    """The right answer, late. The ingest has stored the event by then, whether or not anyone waits to hear it."""

    pattern = "the {upstream} answers after {ms} ms"
    about = "the right answer, after a pause; no fault while that is well within the target's patience"
    family = ""
    may_store = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the pause.

        Raises:
            ContractError: The pause is no number of milliseconds, or longer than a minute.
        """
        super().__init__(upstream, parameters)
        self._seconds = whole_number(parameters["ms"], _LONGEST, "milliseconds") / 1000

    async def play(self, turn: Turn) -> None:
        """Store at once, wait, then answer."""
        reply = turn.honest()
        await turn.pause(self._seconds)
        turn.reply(reply)
