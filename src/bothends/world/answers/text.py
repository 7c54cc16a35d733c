"""Writes a JSON value as text, in the many ways in which the same value may be written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random


def write(value: Any, rng: Random, *, escape: bool) -> str:
    """Return the JSON text of a value.

    Args:
        value: The value.
        rng: Chooses how a float is spelled: `1000.0` or `1e+03`.
        escape: Whether characters beyond ASCII are written as escapes.
    """
    if isinstance(value, float):
        return rng.choice(_spellings(value))
    if isinstance(value, dict):
        members = [
            f"{json.dumps(key, ensure_ascii=escape)}:{write(item, rng, escape=escape)}" for key, item in value.items()
        ]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write(item, rng, escape=escape) for item in value) + "]"
    return json.dumps(value, ensure_ascii=escape)


def _spellings(value: float) -> list[str]:
    """Return texts that all read as this number."""
    texts = [repr(value), f"{value:.0e}", f"{value:.1E}", f"{value:.2f}"]
    return [text for text in texts if float(text) == value]
