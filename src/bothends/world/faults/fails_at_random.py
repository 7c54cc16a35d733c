"""The upstream fails one request in three, whosever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.answers_status import error_reply
from bothends.world.faults.chance import Chance
from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn


@fault("fails-at-random")
class FailsAtRandom(Fault):
    """500 at one request in three; nothing is stored by those."""

    pattern = "the {upstream} fails at random"
    about = "500 at about one request in three, the same ones each time"
    family = "upstream-*"
    recovers = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        super().__init__(upstream, parameters)
        self._chance = Chance(f"{upstream} fails")

    async def play(self, turn: Turn) -> None:
        """Fail, or let pass."""
        if self._chance.falls():
            turn.reply(error_reply(500, turn.here))
        else:
            turn.let_pass()
