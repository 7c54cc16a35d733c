"""Pacts: what consumers at both ends rely on, read, and verified against what was really sent."""

from bothends.pacts.model import Interaction, Pact, ProviderState
from bothends.pacts.reading import read_pact, read_pacts

__all__ = ["Interaction", "Pact", "ProviderState", "read_pact", "read_pacts"]
