"""The upstream answers in small parts, over a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import whole_number
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_LONGEST = 60_000
_PARTS = 40


@fault("answers-over")
class AnswersOver(Fault):
    """The right answer, a few bytes at a time: it is late in the end, though never silent for long.

    Whether that is a fault is a matter of the time. The ingest has stored the event.
    """

    pattern = "the {upstream} answers over {ms} ms"
    about = "the right answer in 40 parts, the last of them after so long; no fault within the target's patience"
    family = ""
    may_store = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read how long.

        Raises:
            ContractError: It is no number of milliseconds, or longer than a minute.
        """
        super().__init__(upstream, parameters)
        self._seconds = whole_number(parameters["ms"], _LONGEST, "milliseconds") / 1000

    async def play(self, turn: Turn) -> None:
        """Answer part by part, as long as anybody listens."""
        reply = turn.honest()
        data = reply.head(close=not turn.connection.keep_alive) + reply.body
        size = max(1, -(-len(data) // _PARTS))
        await turn.reply_in([data[at : at + size] for at in range(0, len(data), size)], over=self._seconds)
