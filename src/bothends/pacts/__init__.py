"""Pacts: what consumers at both ends rely on, read, and verified against what was really sent."""

from bothends.pacts.agreement import disagreements
from bothends.pacts.disagreement import Disagreement
from bothends.pacts.model import Interaction, Pact, ProviderState
from bothends.pacts.reading import read_pact, read_pacts
from bothends.pacts.roles import part_played
from bothends.pacts.sentences import sentence, sentences

__all__ = [
    "Disagreement",
    "Interaction",
    "Pact",
    "ProviderState",
    "disagreements",
    "part_played",
    "read_pact",
    "read_pacts",
    "sentence",
    "sentences",
]
