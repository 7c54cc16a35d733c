"""The upstream closes connections as soon as they are idle, without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn
    from bothends.world.wire import Listener


@fault("closes-idle")
class ClosesIdle(Fault):
    """FIN after each answer, and at what was kept open before: a server may do so at any time (RFC 9112, 9.3.1)."""

    pattern = "the {upstream} closes idle connections"
    about = "the right answer; then the connection, which was to be kept, ends"
    family = "upstream-*"
    recovers = True

    def begin(self, listener: Listener) -> None:
        """Close what is idle now."""
        listener.accept()
        listener.close_idle()

    async def play(self, turn: Turn) -> None:
        """Answer, and close."""
        turn.reply(turn.honest())
        turn.connection.close()
