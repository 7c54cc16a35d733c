"""What the world itself may say: I-JSON (RFC 7493), at most 32 deep and 16 KiB."""

from __future__ import annotations

import math
from typing import Any

from bothends.world.answers.scalars import SAFE

MOST_BYTES = 16 << 10
MOST_LEVELS = 32
_NONCHARACTERS = range(0xFDD0, 0xFDF0)
_PLANE_END = 0xFFFE
_SURROGATES = range(0xD800, 0xE000)


def is_ordinary(value: Any, levels: int = MOST_LEVELS) -> bool:
    """Whether a JSON value is one that every reader reads the same.

    Args:
        value: The value.
        levels: How deep it may go.
    """
    if isinstance(value, str):
        return all(_is_character(ord(character)) for character in value)
    if isinstance(value, dict):
        return levels > 0 and all(is_ordinary(key) and is_ordinary(item, levels - 1) for key, item in value.items())
    if isinstance(value, list):
        return levels > 0 and all(is_ordinary(item, levels - 1) for item in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and abs(value) <= SAFE)


def _is_character(code: int) -> bool:
    # NUL is allowed by RFC 7493, and no text to half of all databases.
    return code != 0 and code not in _SURROGATES and code not in _NONCHARACTERS and code & _PLANE_END != _PLANE_END
