"""Plays one run in lanes: several worlds side by side, each with a target of its own, in processes of their own.

A lane is a part of the run (`engine/parts`). What all have seen is merged, and judged as one run. Lanes are for
targets whose copies share nothing. That is tried first, and each finding must show once more with one lane before it
is told: a target whose copies do share something is verified with one lane, and accused of nothing.
"""

from bothends.lanes.choice import lanes_of, why_one
from bothends.lanes.run import LaneRun

__all__ = [
    "LaneRun",
    "lanes_of",
    "why_one",
]
