"""What is written of a law: what it demands and why, an example that breaks it, and where its page is."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote

from bothends.installed import project_url
from bothends.laws import all_laws

if TYPE_CHECKING:
    from bothends.records import Severity


@dataclass(frozen=True, slots=True)
class LawPage:
    """What is written of a law.

    Attributes:
        name: Its name.
        severity: What its breach weighs.
        demands: What it demands, in a sentence.
        why: Why it exists; empty: that is not written.
        example: What breaks it; empty: likewise.
        source: What it stands on.
        yields_to: Laws that are reported in its place where they are broken too.
        url: Its page in the documentation; empty: this distribution names no documentation.
    """

    name: str
    severity: Severity
    demands: str
    why: str
    example: str
    source: str
    yields_to: tuple[str, ...]
    url: str


def law_page(name: str) -> LawPage | None:
    """Return what is written of a law; None: there is none of that name."""
    law = next((law for law in all_laws() if law.name == name), None)
    if law is None:
        return None
    written = _written().get(name, {})
    site = project_url("bothends", "Documentation")
    return LawPage(
        name=name,
        severity=law.severity,
        demands=law.demands,
        why=written.get("why", ""),
        example=written.get("example", ""),
        source=law.source,
        yields_to=tuple(law.yields_to),
        url=f"{site.rstrip('/')}/reference/laws.html#{quote(name)}" if site and name in _written() else "",
    )


@cache
def _written() -> dict[str, dict[str, str]]:
    """Return the texts of the laws that bothends has of its own; those of plugins have none."""
    return tomllib.loads((files("bothends.laws") / "laws.toml").read_text("utf-8"))
