"""The upstream answers with a gigabyte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault
from bothends.world.wire import Reply

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn

_SIZE = 1 << 30
_PART = b"a" * (256 << 10)
_PAUSE = 0.004  # 64 MiB a second at most: it is the target's limits that are tried, not the machine's


@fault("answers-gigabyte")
class AnswersGigabyte(Fault):
    """200 and a JSON text of a gigabyte, as fast as it is read. The event is not stored."""

    pattern = "the {upstream} answers a gigabyte"
    about = "200 and a text of 1 GiB, until the target has had enough"
    family = "upstream-*"
    in_words = True

    async def play(self, turn: Turn) -> None:
        """Send until nobody listens any more."""
        connection = turn.connection
        turn.begin(Reply(200, (("content-type", "application/json"),)).head().replace(b": 0", b": %d" % _SIZE), 200)
        connection.write(b'"')
        left = _SIZE - 2
        while left and await turn.pause(_PAUSE) and not connection.abandoned:
            if not connection.unsent:
                connection.write(_PART[:left])
                left -= min(left, len(_PART))
        connection.write(b'"')
        if left:
            connection.reset()
        else:
            connection.done()
