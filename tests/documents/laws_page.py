"""`docs/reference/laws.md`: each law, what it demands, why, what breaks it, and what it stands on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.laws import BUILT_IN, all_laws
from tests.documents.tables import HEAD, code, table

if TYPE_CHECKING:
    from bothends.laws import Law

TEXT = Path(__file__).parent / "written" / "laws.md"
WRITTEN = Path(__file__).resolve().parents[2] / "src" / "bothends" / "laws" / "laws.toml"
PLANTED = Path(__file__).resolve().parents[1] / "planted"


def written() -> dict[str, dict[str, Any]]:
    """Return what is written by hand of each law."""
    return tomllib.loads(WRITTEN.read_text("utf-8"))


def page() -> str:
    """Return the page, with the laws that were added from outside, of which nothing is written but what they say.

    Raises:
        ValueError: A law of the package has no reason and no example, or what has them is no law.
    """
    texts, described = written(), all_laws()
    if odd := set(texts) ^ set(BUILT_IN):
        advice = "give each law of bothends a table there, with `why` and `example`, and no other"
        raise ValueError(f"{WRITTEN} and the laws differ in {', '.join(sorted(odd))}: {advice}")
    rows = [(f"[{code(law.name)}](#{law.name})", str(law.severity), law.demands) for law in described]
    parts = [
        HEAD.format(source="src/bothends/laws"),
        TEXT.read_text("utf-8"),
        "\n",
    ]
    parts.append(table(("law", "severity", "what it demands"), rows))
    return "".join((*parts, *(_section(law, texts.get(law.name)) for law in described)))


def _section(law: Law, text: dict[str, Any] | None) -> str:
    planted = text.get("planted") if text else None
    lines = [
        f"\n## {law.name}\n",
        f"**Demands:** {law.demands}\n",
        *([f"**Why:** {text['why']}\n", f"**Broken by:** {text['example']}\n"] if text else []),
        f"**Source:** {law.source}.\n",
    ]
    if law.yields_to:
        lines.append(f"**Yields to:** {', '.join(f'[{code(name)}](#{name})' for name in law.yields_to)}.\n")
    if planted is not None:
        lines.append(f"**Planted:** [{code(planted)}](../../tests/planted/{planted})\n")
    return "\n".join(lines)
