"""Writes JSON values as lines of YAML 1.2, with a comment above each key that has one."""

from __future__ import annotations

import json
import re
import textwrap
from typing import TYPE_CHECKING, Any

from bothends.records import join
from bothends.reports import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*([/#][A-Za-z0-9_./#~-]*)*")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_WIDTH = 120
_LEAST_WIDTH = 40
_ONE_BYTE, _TWO_BYTES = 0xFF, 0xFFFF
STEP = "  "


def scalar(value: Any) -> str:
    """Return a value that is no container as YAML: text is plain where every reader takes it for text."""
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _RESERVED:
        return value
    return "".join(map(_escaped, json.dumps(value, ensure_ascii=False)))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code <= _ONE_BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _TWO_BYTES else f"\\U{code:08x}"


def flow(value: Any) -> str:
    """Return a value in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def block(value: Mapping[str, Any], indent: str, notes: Mapping[str, str], pointer: str = "") -> list[str]:
    """Return a mapping as lines.

    Args:
        value: The mapping.
        indent: What each line begins with.
        notes: By JSON pointer into the whole: the comment above a key.
        pointer: Where the mapping stands in the whole.
    """
    lines: list[str] = []
    for key, each in value.items():
        at = pointer + join(key)
        lines += comment(notes.get(at, ""), indent)
        if isinstance(each, dict) and each:
            lines += [f"{indent}{scalar(key)}:", *block(each, indent + STEP, notes, at)]
        else:
            lines.append(f"{indent}{scalar(key)}: {flow(each)}")
    return lines


def comment(text: str, indent: str) -> list[str]:
    """Return a text as lines of comment: what a service has said can end none of them."""
    width = max(_LEAST_WIDTH, _WIDTH - len(indent) - 2)
    return [f"{indent}# {line}" for line in textwrap.wrap(escape(text), width)]
