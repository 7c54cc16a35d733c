"""Pacts: what consumers at both ends rely on, read, and verified against what was really sent.

Nothing here loads Pact's own library: it comes with the first interaction that is verified.
"""

from bothends.pacts.agreement import disagreements
from bothends.pacts.agreement_routes import operation_of, request_of, with_media_type
from bothends.pacts.bodies import wrapped_media_type
from bothends.pacts.disagreement import Disagreement
from bothends.pacts.model import Interaction, Pact, ProviderState
from bothends.pacts.outcome import Mismatch, PactNotProven
from bothends.pacts.reading import read_pact, read_pacts
from bothends.pacts.roles import part_played, parts
from bothends.pacts.sentences import conditions, sentence
from bothends.pacts.verifying import Verifying, match_request, verify_http, verify_message

__all__ = [
    "Disagreement",
    "Interaction",
    "Mismatch",
    "Pact",
    "PactNotProven",
    "ProviderState",
    "Verifying",
    "conditions",
    "disagreements",
    "match_request",
    "operation_of",
    "part_played",
    "parts",
    "read_pact",
    "read_pacts",
    "request_of",
    "sentence",
    "verify_http",
    "verify_message",
    "with_media_type",
    "wrapped_media_type",
]
