"""A run from its plan to its end."""

from bothends.engine.run.batch_runner import BatchRunner
from bothends.engine.run.examine import Examination
from bothends.engine.run.filing import Filing
from bothends.engine.run.verification import SEED_BITS, Verification, recorded, replay
from bothends.engine.run.work import is_loopback

__all__ = [
    "SEED_BITS",
    "BatchRunner",
    "Examination",
    "Filing",
    "Verification",
    "is_loopback",
    "recorded",
    "replay",
]
