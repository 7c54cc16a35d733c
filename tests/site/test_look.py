"""Pages of each kind in Chromium: axe finds nothing, nothing is wider than a phone, no other machine is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.site.searching import search_for

if TYPE_CHECKING:
    from tests.reports.browser import Page

AXE = Path(__file__).parent / "npm" / "node_modules" / "axe-core" / "axe.min.js"
KINDS = {
    "the first page": "index.html",
    "a walk with commands and code": "how-to/your-own-service.html",
    "pictures": "reports.html",
    "wide tables": "reference/settings.html",
    "a notebook": "notebooks/02_error_paths.html",
    "figures": "figures.html",
    "of the repository": "project/architecture.html",
}
SCHEMES = {"light": "default", "dark": "slate"}
RUN = """
axe.run({preload: false}).then((found) => JSON.stringify(found.violations.map((each) =>
  [each.id, each.help, each.nodes.slice(0, 3).map((node) => node.html.slice(0, 120))])))
"""

STILL = """
[document, ...[...document.querySelectorAll('*')].map((each) => each.shadowRoot).filter(Boolean)]
  .every((root) => root.getAnimations().every((each) => each.playState !== 'running'))
"""
"""What is true when nothing fades in any more: half a colour has half a contrast."""


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 400)])
def test_everybody_can_use_it(tab: Page, site: Path, scheme: str, width: int) -> None:
    """No rule of axe is broken, on a desk and on a phone, light and dark; a page needs no network."""
    assert AXE.exists(), "tests/programs.sh installs axe"
    tab.look(scheme, width, 900)
    broken, wide = {}, {}
    for kind, name in KINDS.items():
        opened(tab, (site / name).as_uri())
        assert SCHEMES[scheme] == tab.value("document.body.dataset.mdColorScheme")
        broken[kind] = broken_rules(tab)
        wide[kind] = tab.value("document.documentElement.scrollWidth")
    search_for(tab, "retry")
    tab.wait(STILL)
    broken["what a search has found"] = broken_rules(tab)
    assert {} == {kind: rules for kind, rules in broken.items() if rules}
    assert {} == {kind: pixels for kind, pixels in wide.items() if pixels > width}
    assert ([], []) == ([url for url in tab.asked if not url.startswith("file:")], tab.errors)


def opened(tab: Page, url: str) -> None:
    """Open a page, with axe in it."""
    tab.send("Page.navigate", url=url)
    tab.wait("document.readyState === 'complete'")
    tab.value(f"{AXE.read_text('utf-8')}; 1")


def broken_rules(tab: Page) -> list[list[object]]:
    """Return which rules of axe a page breaks, and where."""
    rules: list[list[object]] = json.loads(tab.value(RUN))
    return rules
