"""What a change of a contract breaks, and for whom: two documents, compared."""

from bothends.diff.accepted import Accepted, append, read_accepted
from bothends.diff.compare import Difference, Options, compare
from bothends.diff.rule import RULES, Audience, Change, Reach, Reliance, Rule, Spot, Verdict

__all__ = [
    "RULES",
    "Accepted",
    "Audience",
    "Change",
    "Difference",
    "Options",
    "Reach",
    "Reliance",
    "Rule",
    "Spot",
    "Verdict",
    "append",
    "compare",
    "read_accepted",
]
