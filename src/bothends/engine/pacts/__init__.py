"""Pacts in a run: their interactions as cases, and the verification of a provider."""
