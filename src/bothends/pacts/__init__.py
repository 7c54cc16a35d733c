"""Pacts: what consumers at both ends rely on, read, and verified against what was really sent.

Nothing here loads Pact's own library into this process. Another one has it, from the first interaction that is verified
on, or asks it about the regular expressions of pacts.
"""

from bothends.pacts.agreement import disagreements, is_left_out, operation_of, request_of, with_media_type
from bothends.pacts.comparison import Disagreement
from bothends.pacts.expressions import EXPRESSION_ADVICE, check_expressions, wrong_expressions
from bothends.pacts.matching import Mismatch, PactNotProven
from bothends.pacts.model import Interaction, Pact, ProviderState, part_played
from bothends.pacts.reading import read_pact, read_pacts
from bothends.pacts.sentences import conditions, sentence
from bothends.pacts.values import for_parts, wrapped_media_type
from bothends.pacts.verifying import Verifying

__all__ = [
    "EXPRESSION_ADVICE",
    "Disagreement",
    "Interaction",
    "Mismatch",
    "Pact",
    "PactNotProven",
    "ProviderState",
    "Verifying",
    "check_expressions",
    "conditions",
    "disagreements",
    "for_parts",
    "is_left_out",
    "operation_of",
    "part_played",
    "read_pact",
    "read_pacts",
    "request_of",
    "sentence",
    "with_media_type",
    "wrapped_media_type",
    "wrong_expressions",
]
