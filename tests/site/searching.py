"""The search of a page: it is opened, words are typed, and its results are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.reports.browser import Page

_ROOT = "document.activeElement.shadowRoot"
_RESULTS = f"[...{_ROOT}.querySelectorAll('a[role=option]')]"


def search_for(tab: Page, words: str) -> list[str]:
    """Type words into the search of the page that is open, and return the pages of the results, in order."""
    if not tab.value(f"!!{_ROOT}?.querySelector('input')"):
        tab.wait("!!document.querySelector('.md-search__button')")
        tab.value("document.querySelector('.md-search__button').click()")
        tab.wait(f"!!{_ROOT}?.querySelector('input')")
    tab.value(f"(() => {{ const field = {_ROOT}.querySelector('input'); field.focus(); field.select(); }})()")
    tab.send("Input.insertText", text=words)
    # The address of each result says what was typed.
    tab.wait(f"{_RESULTS}.some((a) => new URL(a.href).searchParams.get('h') === {json.dumps(words)})")
    urls: list[str] = json.loads(tab.value(f"JSON.stringify({_RESULTS}.map((a) => a.href))"))
    return [url.partition("/html/")[2].partition(".html")[0] for url in urls]
