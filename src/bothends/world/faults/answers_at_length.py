"""The upstream gives the right answer, and takes much room for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import whole_number
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_KIB = 1024
_MOST = 64


@fault("answers-at-length")
class AnswersAtLength(Fault):
    """The right answer with white space after its JSON (RFC 8259, section 2), up to a length."""

    pattern = "the {upstream} answers in {kib} KiB"
    about = "the right answer, filled up with white space to that length, which is no fault"
    family = ""

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the length.

        Raises:
            ContractError: It is no number, or one that a target may find too great.
        """
        super().__init__(upstream, parameters)
        self._length = whole_number(parameters["kib"], _MOST, "KiB") * _KIB

    async def play(self, turn: Turn) -> None:
        """Answer."""
        reply = turn.honest()
        padded = replace(reply, body=reply.body.ljust(self._length))
        await turn.reply_in([padded.head(close=not turn.connection.keep_alive) + padded.body])
