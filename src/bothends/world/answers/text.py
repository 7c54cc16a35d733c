"""Writes a JSON value as text: mostly as `json` does, with numbers as they are to be written."""

from __future__ import annotations

import json
from typing import Any

from bothends.world.answers.scalars import Literal


def write(value: Any, *, escape: bool) -> str:
    """Return the JSON text of a value.

    Args:
        value: The value.
        escape: Whether characters beyond ASCII are written as escapes.
    """
    if isinstance(value, Literal):
        return value.text
    if isinstance(value, dict):
        members = (
            f"{json.dumps(key, ensure_ascii=escape)}:{write(item, escape=escape)}" for key, item in value.items()
        )
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write(item, escape=escape) for item in value) + "]"
    return json.dumps(value, ensure_ascii=escape)
