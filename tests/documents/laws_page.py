"""`docs/reference/laws.md`: each law, what it demands, why, what breaks it, and what it stands on."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bothends.engine.pact_laws import AGREEMENT_LAW, PACT_LAW, STAND_IN_LAW
from bothends.laws import LAWS
from bothends.laws.joint import no_phantom
from tests.documents.tables import HEAD, code, table

TEXT = Path(__file__).parent / "written" / "laws.md"
WRITTEN = Path(__file__).parent / "written" / "laws.toml"
PLANTED = Path(__file__).resolve().parents[1] / "planted"


@dataclass(frozen=True, slots=True)
class Described:
    """A law as the page has it.

    Attributes:
        name: Its name.
        severity: `error` or `warning`.
        demands: What it demands.
        source: What it stands on.
        yields_to: The laws whose breach explains its own.
    """

    name: str
    severity: str
    demands: str
    source: str
    yields_to: tuple[str, ...] = ()


# Those that are no predicate over an exchange of a case, and so stand in no registry.
_OTHERS = (
    Described(no_phantom.NAME, "error", no_phantom.DEMANDS, no_phantom.SOURCE),
    Described(PACT_LAW, "error", "The target answers, and sends, what a consumer relies on.", "the pact; Pact V4"),
    Described(AGREEMENT_LAW, "error", "A pact's examples are valid under the spec.", "the pact and the spec"),
    Described(STAND_IN_LAW, "error", "The part that bothends plays answers as its pact says.", "the pact; Pact V4"),
    Described(
        "schemathesis",
        "error",
        "Schemathesis' own checks hold for the cases that it makes.",
        "Schemathesis' documentation of its checks",
    ),
)


def laws() -> tuple[Described, ...]:
    """Return all that a finding may name, in the order in which they are judged."""
    judged = (Described(law.name, str(law.severity), law.demands, law.source, law.yields_to) for law in LAWS)
    return (*judged, *_OTHERS)


def written() -> dict[str, dict[str, Any]]:
    """Return what is written by hand of each law."""
    return tomllib.loads(WRITTEN.read_text("utf-8"))


def page() -> str:
    """Return the page.

    Raises:
        ValueError: A law has no reason and no example, or what has them is no law.
    """
    texts, described = written(), laws()
    if odd := set(texts) ^ {law.name for law in described}:
        raise ValueError(f"{WRITTEN.name} and the laws differ in {', '.join(sorted(odd))}")
    rows = [(f"[{code(law.name)}](#{law.name})", law.severity, law.demands) for law in described]
    parts = [
        HEAD.format(source="src/bothends/laws and tests/documents/written/laws.toml"),
        TEXT.read_text("utf-8"),
        "\n",
    ]
    parts.append(table(("law", "severity", "what it demands"), rows))
    return "".join((*parts, *(_section(law, texts[law.name]) for law in described)))


def _section(law: Described, text: dict[str, Any]) -> str:
    planted = text.get("planted")
    lines = [
        f"\n## {law.name}\n",
        f"**Demands:** {law.demands}\n",
        f"**Why:** {text['why']}\n",
        f"**Broken by:** {text['example']}\n",
        f"**Source:** {law.source}.\n",
    ]
    if law.yields_to:
        lines.append(f"**Yields to:** {', '.join(f'[{code(name)}](#{name})' for name in law.yields_to)}.\n")
    if planted is not None:
        lines.append(f"**Planted:** [{code(planted)}](../../tests/planted/{planted})\n")
    return "\n".join(lines)
