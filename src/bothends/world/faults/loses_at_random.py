"""The upstream does what was asked, and one answer in three is lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.chance import Chance
from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn


@fault("loses-at-random")
class LosesAtRandom(Fault):
    """The connection ends with RST after the event was stored: it is in doubt until it is sent once more."""

    pattern = "the {upstream} loses answers at random"
    about = "the request is served, and about one answer in three is lost to a reset"
    family = "upstream-*"
    recovers = True
    may_store = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        super().__init__(upstream, parameters)
        self._chance = Chance(f"{upstream} loses")

    async def play(self, turn: Turn) -> None:
        """Serve and reset, or let pass."""
        if self._chance.falls():
            turn.honest()
            turn.connection.reset()
        else:
            turn.let_pass()
