"""The upstreams' answers: valid by their schema, varied, and each with a token of its own."""

from bothends.world.answers.pool import MOST_BYTES, MOST_LEVELS, Answers, is_ordinary

__all__ = ["MOST_BYTES", "MOST_LEVELS", "Answers", "is_ordinary"]
