"""The upstream closes a kept connection in the instant in which it is used again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn


@fault("closes-kept")
class ClosesKept(Fault):
    """FIN in the place of an answer, once, on a connection that was kept: the two crossed (RFC 9112, 9.3.1).

    Nothing is stored. Whoever keeps no connection meets it as it is: nothing is closed.
    """

    pattern = "the {upstream} closes a kept connection as it is used"
    about = "the first request on a connection that was kept is not answered, and the connection ends; then all is well"
    family = "upstream-*"
    recovers = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Begin with all connections open."""
        super().__init__(upstream, parameters)
        self._closed = False

    async def play(self, turn: Turn) -> None:
        """Close, or answer."""
        if self._closed or turn.connection.requests == 1:
            turn.reply(turn.honest())
            return
        self._closed = True
        turn.connection.close()
