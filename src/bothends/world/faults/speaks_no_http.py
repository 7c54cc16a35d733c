"""The upstream answers something that is no HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn

_NOISE = b"lskdu018973t09sylgasjkfg1][]'./.sdlv\x00\xff\x16\x03\x01\r\n\r\n"


@fault("speaks-no-http")
class SpeaksNoHttp(Fault):
    """Noise, then FIN. The event is not stored."""

    pattern = "the {upstream} speaks no HTTP"
    about = "the request is read, and answered with noise; then the connection ends"
    family = "upstream-*"

    async def play(self, turn: Turn) -> None:
        """Make noise, and close."""
        turn.begin(_NOISE)
        turn.connection.close()
