"""`docs/reference/states.md`: all that the world can be put into, as `bothends states` lists it."""

from __future__ import annotations

from pathlib import Path

from bothends.cli.world import leads_to
from bothends.conditions import all_kinds
from tests.documents.tables import HEAD, code, table

TEXT = Path(__file__).parent / "written" / "states.md"


def page() -> str:
    """Return the page."""
    states = all_kinds()
    parts = [HEAD.format(source="src/bothends/world"), TEXT.read_text("utf-8")]
    for kind, title in (("session", "The caller's session"), ("upstream", "Upstreams and the ingest")):
        rows = [(code(s.pattern), leads_to(s), s.about) for s in states if s.kind == kind]
        parts.append(f"\n## {title}\n\n{table(('sentence', 'leads to', 'what it does'), rows)}")
    return "".join(parts)
