"""The upstream is not there at first: its port refuses for a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import whole_number
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn
    from bothends.world.wire import Listener

_LONGEST = 60_000


@fault("unreachable-for")
class UnreachableFor(Fault):
    """ECONNREFUSED at first, then it is itself: a restart."""

    pattern = "the {upstream} is unreachable for {ms} ms"
    about = "connections are refused for so long, then it works"
    family = "upstream-unreachable"
    recovers = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read how long.

        Raises:
            ContractError: It is no number of milliseconds, or longer than a minute.
        """
        super().__init__(upstream, parameters)
        self._seconds = whole_number(parameters["ms"], _LONGEST, "milliseconds") / 1000
        self._refused = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, listener: Listener) -> None:
        """Refuse, and accept after a while."""
        listener.refuse()
        self._refused = int(listener.refuses())
        self._timer = asyncio.get_running_loop().call_later(self._seconds, listener.accept)

    def end(self) -> None:
        """Leave the port to the state that follows."""
        if self._timer is not None:
            self._timer.cancel()

    def met(self, listener: Listener) -> int:
        """Return 1 when a connection was in fact refused at first."""
        del listener
        return self._refused

    async def play(self, turn: Turn) -> None:
        """Be itself: a request that is read has come after the while."""
        turn.let_pass()
