"""The search of the site, opened from its folder in Chromium: users find what they look for, in their own words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.site.questions import QUESTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reports.browser import Page

FIRST = 5
"""How many results are seen without moving the list."""
LEAST = 40
ROOT = "document.activeElement.shadowRoot"
RESULTS = f"JSON.stringify([...{ROOT}.querySelectorAll('a[role=option]')].map((a) => a.href))"


@pytest.fixture(scope="module")
def search(tab: Page, site: Path) -> Page:
    """The search, opened on the first page."""
    tab.look("light", 1280, 900)
    tab.send("Page.navigate", url=(site / "index.html").as_uri())
    tab.wait("document.readyState === 'complete' && !!document.querySelector('.md-search__button')")
    tab.value("document.querySelector('.md-search__button').click()")
    tab.wait(f"!!{ROOT}?.querySelector('input')")
    return tab


def found(search: Page, words: str) -> list[str]:
    """Type words, and return the pages of the results, in order."""
    search.value(f"(() => {{ const field = {ROOT}.querySelector('input'); field.focus(); field.select(); }})()")
    search.send("Input.insertText", text=words)
    # Each result's address says what was typed.
    asked = json.dumps(words)
    search.wait(
        f"[...{ROOT}.querySelectorAll('a[role=option]')].some((a) => new URL(a.href).searchParams.get('h') === {asked})"
    )
    return [url.partition("/html/")[2].partition(".html")[0] for url in json.loads(search.value(RESULTS))]


def test_what_users_look_for_is_found(search: Page) -> None:
    """Of each of at least 40 questions, a page that answers is among the first results."""
    assert len(QUESTIONS) >= LEAST
    results = {words: found(search, words)[:FIRST] for words in QUESTIONS}
    assert {} == {words: first for words, first in results.items() if not set(first) & set(QUESTIONS[words])}
