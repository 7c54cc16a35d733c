"""Text from a target made harmless: for a terminal, for a log, and in size.

What a target answers or sends may hold escape sequences that repaint the terminal, right-to-left
overrides that turn a command round before a person copies it, or a megabyte of it.
"""

from __future__ import annotations

import json
import math
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_TEXT = 600
"""Characters of one text that are shown."""
MOST_ITEMS = 64
"""Items of one array or object that are shown."""
DEEPEST = 24
"""Levels of one JSON value that are shown."""
LONGEST_INTEGER_BITS = 1024
"""Integers over this are told by their size: Python refuses to write those of 4,300 digits."""

# What JSON lets stand in a string as it is, but DEL, C1 controls and what turns text round act on a terminal all the
# same; and lone surrogates, which UTF-8 can't hold.
_ACTED_ON = re.compile(r"[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def harmless(text: str, limit: int = LONGEST_TEXT) -> str:
    r"""Return the text on one line, with nothing in it that a terminal acts on.

    Characters of the Unicode classes Other and Separator, but the space, are written as Python escapes:
    `\x1b`, `\u202e`, `\n`.

    Args:
        text: Any text, lone surrogates too.
        limit: Characters kept; how many were left out is said.
    """
    kept = text[:limit]
    shown = kept if kept.isprintable() else "".join(map(_escaped, kept))
    left_out = len(text) - len(kept)
    return f"{shown}... (+{left_out:,} characters)" if left_out else shown


def harmless_lines(text: str, limit: int = LONGEST_TEXT) -> list[str]:
    """Return the text's lines, each made harmless. Only line feeds part lines."""
    return [harmless(line.removesuffix("\r"), limit) for line in text.rstrip("\n").split("\n")]


def harmless_json(text: str) -> str:
    """Return a JSON text with what a terminal might act on as JSON's own escapes; it means the same."""
    return _ACTED_ON.sub(lambda found: json.dumps(found[0])[1:-1], text)


def bounded(value: Any, hide: Callable[[str], str] = str, depth: int = DEEPEST) -> Any:
    """Return a JSON value that can be written as JSON and read by a person, however hostile it was.

    Args:
        value: What `json.loads` may return, NaN and huge integers included.
        hide: Takes secrets out of a string; called before the string is cut, or a part would be left over.
        depth: Levels kept below this one.
    """
    if not isinstance(value, dict | list | tuple):
        return _bounded_scalar(value, hide)
    if depth == 0:
        return "(deeper)"
    left_out = len(value) - MOST_ITEMS
    if not isinstance(value, dict):
        items = [bounded(item, hide, depth - 1) for item in value[:MOST_ITEMS]]
        return [*items, f"(+{left_out:,} items)"] if left_out > 0 else items
    pairs = {
        _bounded_scalar(key, hide): bounded(item, hide, depth - 1) for key, item in islice(value.items(), MOST_ITEMS)
    }
    return {**pairs, "...": f"(+{left_out:,} members)"} if left_out > 0 else pairs


def _bounded_scalar(value: Any, hide: Callable[[str], str]) -> Any:
    """Return a string cut, and a number as text when JSON can't hold it."""
    if isinstance(value, str):
        text = hide(value)
        left_out = len(text) - LONGEST_TEXT
        return f"{text[:LONGEST_TEXT]}... (+{left_out:,} characters)" if left_out > 0 else text
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and value.bit_length() > LONGEST_INTEGER_BITS:
        return f"(an integer of {value.bit_length():,} bits)"
    return value


def _escaped(character: str) -> str:
    """Return the character, or its escape when a terminal might act on it."""
    return character if character.isprintable() else character.encode("unicode_escape").decode()
