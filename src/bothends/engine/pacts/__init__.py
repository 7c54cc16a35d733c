"""Pacts in a run: their interactions as cases, and the verification of a provider."""

from bothends.engine.pacts.cases import Chosen, PactSelection
from bothends.engine.pacts.phase import PactPhase
from bothends.engine.pacts.provider import ProviderOptions, ProviderVerification

__all__ = [
    "Chosen",
    "PactPhase",
    "PactSelection",
    "ProviderOptions",
    "ProviderVerification",
]
