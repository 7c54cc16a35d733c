"""A run in parts: what is dealt to whom, what a part hands over, and what all parts come to."""

from bothends.engine.parts.blob import Blobs, CutError, Ending, Head, Plan, Replays, finding_coders, head_line, version
from bothends.engine.parts.merging import Merging

__all__ = [
    "Blobs",
    "CutError",
    "Ending",
    "Head",
    "Merging",
    "Plan",
    "Replays",
    "finding_coders",
    "head_line",
    "version",
]
