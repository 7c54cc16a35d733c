"""The laws: what an exchange must keep, one definition each, with all that is known of it."""

from bothends.laws.answers import left_over
from bothends.laws.builtin import BUILT_IN
from bothends.laws.deliveries import phantom
from bothends.laws.guarantees import not_isolated
from bothends.laws.law import (
    Explanation,
    Law,
    LawContext,
    Precedence,
    Scope,
    Violation,
    all_laws,
    directness,
    judged_laws,
    law_of,
    ordered,
    outcome_of,
    place_of,
    register,
    unregister,
)
from bothends.laws.wording import cause_in_words

__all__ = [
    "BUILT_IN",
    "Explanation",
    "Law",
    "LawContext",
    "Precedence",
    "Scope",
    "Violation",
    "all_laws",
    "cause_in_words",
    "directness",
    "judged_laws",
    "law_of",
    "left_over",
    "not_isolated",
    "ordered",
    "outcome_of",
    "phantom",
    "place_of",
    "register",
    "unregister",
]
