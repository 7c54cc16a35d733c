"""The search of the site, opened from its folder in Chromium: users find what they look for, in their own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.site.questions import QUESTIONS
from tests.site.searching import search_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reports.browser import Page

FIRST = 5
"""How many results are seen without moving the list."""
LEAST = 40


def test_what_users_look_for_is_found(tab: Page, site: Path) -> None:
    """Of each of at least 40 questions, a page that answers is among the first results."""
    assert len(QUESTIONS) >= LEAST
    tab.look("light", 1280, 900)
    tab.send("Page.navigate", url=(site / "index.html").as_uri())
    tab.wait("document.readyState === 'complete'")
    first = {words: search_for(tab, words)[:FIRST] for words in QUESTIONS}
    assert {} == {words: pages for words, pages in first.items() if not set(pages) & set(QUESTIONS[words])}
