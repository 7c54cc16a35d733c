"""`docs/reference/lint.md`: each rule of `bothends lint`, what it asks for, and why."""

from __future__ import annotations

from pathlib import Path

from bothends.lint import RULES, load_rules
from tests.documents.tables import HEAD, code, table

TEXT = Path(__file__).parent / "written" / "lint.md"


def page() -> str:
    """Return the page."""
    load_rules()
    rules = sorted(RULES, key=lambda each: each.name)
    rows = [(code(each.name), str(each.level), each.asks, each.why) for each in rules]
    header = ("rule", "level", "what it asks for", "why")
    return "".join((HEAD.format(source="src/bothends/lint"), TEXT.read_text("utf-8"), "\n", table(header, rows)))
