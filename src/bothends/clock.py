"""The one clock of a run: every time in an exchange comes from it.

The system's clock may be set while a run goes on: by NTP, by a person, by a machine that slept. The times of a run
don't follow it, as they must be in order. So each step is noted, and `wall` says which time the system had at a time of
the run: what a target says of the time is compared with that.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_STEP = 0.25
"""Seconds by which the system's clock differs from the monotonic one, at least, before that is a step."""

_EXACT = 0.002
_READS = 5


def system_time() -> float:
    """Return the seconds since the epoch as the system has them now: the one place that reads its clock."""
    return time.time()


@dataclass(frozen=True, slots=True)
class Step:
    """The system's clock was set.

    Attributes:
        before: When it was right last; by the run's clock, seconds.
        after: When it was found to be another one; likewise.
        by: By how much it was set, seconds; negative: back.
    """

    before: float
    after: float
    by: float


def as_set(at: float, steps: Iterable[Step]) -> float:
    """Return a time of the run as the system's clock had it, which was set in the run; seconds."""
    return at + sum(step.by for step in steps if step.before <= at)


class Clock:
    """Seconds since the epoch that never go back.

    The system's clock is read once, when the clock is made; from then on the monotonic clock
    counts. So the times of a run can be ordered, and still be compared with a `ts`.

    Attributes:
        steps: When the system's clock was set since then.
    """

    def __init__(self) -> None:
        """Read the system's clock."""
        system, monotonic = _both()
        self._offset = system - monotonic
        self._by = 0.0
        self._looked = system
        self.steps: list[Step] = []

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return self._offset + time.monotonic()

    def look(self) -> None:
        """Compare the system's clock with the monotonic one, and note a step."""
        system, monotonic = _both()
        now = self._offset + monotonic
        by = system - now - self._by
        if abs(by) >= LEAST_STEP:
            self.steps.append(Step(self._looked, now, by))
            self._by += by
        self._looked = now

    def system(self) -> float:
        """Return the seconds since the epoch as the system, and so the target, has them now."""
        self.look()
        return self.now() + self._by

    def wall(self, at: float) -> float:
        """Return which time the system had at a time of the run; where it was being set, the later one."""
        return as_set(at, self.steps)

    def stepped(self, began: float, ended: float) -> bool:
        """Return whether the system's clock was set between two times of the run, or may have been."""
        return any(step.before <= ended and began <= step.after for step in self.steps)


def _both() -> tuple[float, float]:
    """Return the system's time and the monotonic one, read as near to each other as a busy machine lets them be."""
    best = (float("inf"), 0.0, 0.0)
    for _ in range(_READS):
        before = time.monotonic()
        system = system_time()
        after = time.monotonic()
        best = min(best, (after - before, system, (before + after) / 2))
        if best[0] <= _EXACT:
            break
    return best[1], best[2]
