"""The upstreams' answers: valid by their schema, varied, and each with a token of its own."""

from bothends.world.answers.ordinary import MOST_BYTES, MOST_LEVELS, is_ordinary
from bothends.world.answers.pool import Answers

__all__ = ["MOST_BYTES", "MOST_LEVELS", "Answers", "is_ordinary"]
