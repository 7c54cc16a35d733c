"""The upstream fails at the first attempt, and works from then on."""

from __future__ import annotations

from bothends.world.faults.fails_times import FailsTimes
from bothends.world.faults.registry import fault


@fault("fails-once")
class FailsOnce(FailsTimes):
    """500 at the first attempt of each event; then it is itself."""

    pattern = "the {upstream} fails once"
    about = "500 at the first attempt, then it works"
