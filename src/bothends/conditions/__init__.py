"""Which conditions there are, and their sentences: `the settings hangs` is read and written here alone."""

from bothends.conditions.kinds import ConditionKind, all_kinds, kind_of, register, session_conditions
from bothends.conditions.pattern import Pattern
from bothends.conditions.sentences import parse, sentence, sentences

__all__ = [
    "ConditionKind",
    "Pattern",
    "all_kinds",
    "kind_of",
    "parse",
    "register",
    "sentence",
    "sentences",
    "session_conditions",
]
