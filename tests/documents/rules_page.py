"""`docs/reference/rules.md`: each rule of the standards, its source, and what plays it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from bothends.conditions import all_kinds
from tests.documents.tables import HEAD, code, table

TEXT = Path(__file__).parent / "written" / "rules.md"
WRITTEN = Path(__file__).parent / "written" / "rules.toml"


def sections() -> list[dict[str, Any]]:
    """Return the sections, each with its rules."""
    found: list[dict[str, Any]] = tomllib.loads(WRITTEN.read_text("utf-8"))["section"]
    return found


def page() -> str:
    """Return the page."""
    patterns = {one.name: one.pattern for one in all_kinds()}
    parts = [HEAD.format(source="tests/documents/written/rules.toml"), TEXT.read_text("utf-8")]
    for section in sections():
        parts.append(f"\n## {section['title']}\n\n")
        parts.append(f"{section['about']}\n\n" if section["about"] else "")
        rows = [(one["rule"], one["source"], _played(one, patterns)) for one in section["rule"]]
        parts.append(table(("rule", "source", "played by"), rows))
    return "".join(parts)


def _played(rule: dict[str, Any], patterns: dict[str, str]) -> str:
    """Return what plays a rule, and why something of it is left out."""
    parts = [f"law {_law(name)}" for name in rule.get("laws", [])]
    parts += [f"case {code(name)}" if "/" in name else f"cases {code(name)}" for name in rule.get("cases", [])]
    parts += [f"state {code(patterns[name])}" for name in rule.get("states", [])]
    text = ", ".join(parts)
    return ". ".join(filter(None, (text, rule.get("reason", ""))))


def _law(name: str) -> str:
    return f"[{code(name)}](laws.md#{name})"
