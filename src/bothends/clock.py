"""The one clock of a run: every time in an exchange comes from it."""

from __future__ import annotations

import time


class Clock:
    """Seconds since the epoch that never go back.

    The system's clock is read once, when the clock is made; from then on the monotonic clock
    counts. So the times of a run can be ordered, and still be compared with a `ts`.
    """

    def __init__(self) -> None:
        """Read the system's clock."""
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return self._offset + time.monotonic()
