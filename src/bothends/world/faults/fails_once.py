"""The upstream fails at the first attempt, and works from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.answers_status import error_reply
from bothends.world.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn


class FailsOnce(Fault):
    """500 at the first attempt of each event; then it is itself.

    Attempts of one event are told by its identity. What carries none (a call to an upstream, an event
    with neither id nor seed) can't be told from its repetition: of those only the first is failed.
    """

    pattern = "the {upstream} fails once"
    about = "500 at the first attempt, then it works"
    family = "upstream-*"
    recovers = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        super().__init__(upstream, parameters)
        self._failed: set[tuple[str, ...]] = set()

    async def play(self, turn: Turn) -> None:
        """Fail, or let pass what has failed once already."""
        if turn.identities in self._failed:
            turn.let_pass()
            return
        self._failed.add(turn.identities)
        turn.reply(error_reply(500))
