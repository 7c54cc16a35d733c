"""The upstream fails at the first attempts, and works from then on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bothends.world.faults.answers_status import error_reply
from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import whole_number
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_MOST = 99


@fault("fails-times")
class FailsTimes(Fault):
    """500 at the first attempts of each event; then it is itself.

    Attempts of one event are told by its identity. What carries none (a call to an upstream, an event
    with neither id nor seed) can't be told from its repetition: of those only the first ones are failed.
    """

    pattern = "the {upstream} fails {count} times"
    about = "500 at the first attempts, so many of them, then it works"
    family = "upstream-*"
    recovers = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read how often.

        Raises:
            ContractError: It is no number, or over 99.
        """
        super().__init__(upstream, parameters)
        self._count = whole_number(parameters.get("count", "1"), _MOST, "times")
        self._failed: Counter[tuple[str, ...]] = Counter()

    async def play(self, turn: Turn) -> None:
        """Fail, or let pass what has failed often enough."""
        if self._failed[turn.identities] >= self._count:
            turn.let_pass()
            return
        self._failed[turn.identities] += 1
        self.fail(turn)

    def fail(self, turn: Turn) -> None:
        """Fail an attempt."""
        turn.reply(error_reply(500, turn.here))
