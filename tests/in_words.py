"""Conditions in words, for tests: what a person writes, and what a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.conditions import sentence
from bothends.world import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.records import Condition

INGESTS = ("ingest",)
PARTS = ("settings", "flags-2", *INGESTS)


def conditions(*sentences: str) -> tuple[Condition, ...]:
    """Return the conditions of sentences that hold at once."""
    return read(sentences, PARTS, INGESTS)


def condition(sentence: str) -> Condition:
    """Return the condition of a sentence."""
    (only,) = conditions(sentence)
    return only


def in_words(fired: Mapping[Condition, int]) -> dict[str, int]:
    """Return how often conditions were met, by their sentences."""
    return {sentence(condition): number for condition, number in fired.items()}
