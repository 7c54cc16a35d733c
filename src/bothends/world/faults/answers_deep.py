"""The upstream answers with a JSON text that is very deep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import whole_number
from bothends.world.faults.registry import fault
from bothends.world.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_MOST = 1_000_000


@fault("answers-deep")
class AnswersDeep(Fault):
    """200 and so many arrays, one in the other: parsers that recurse fail at it. The event is not stored."""

    pattern = "the {upstream} answers {levels} arrays deep"
    about = "200 and JSON of so many levels"
    family = "upstream-*"
    in_words = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the depth.

        Raises:
            ContractError: It is no number, or over a million.
        """
        super().__init__(upstream, parameters)
        self._levels = whole_number(parameters["levels"], _MOST, "levels")

    async def play(self, turn: Turn) -> None:
        """Answer."""
        body = b"[" * self._levels + b"]" * self._levels
        turn.reply(Reply(200, (("content-type", "application/json"),), body))
