"""What is said once is found once: no sentence of a page written by hand stands in another one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.documents.blocks import ROOT
from tests.site.pages import sections, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEAST = 9
"""How many words a sentence has that may not be said again: shorter ones, such as the title of a link, may."""
_FENCED = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_PARTS = re.compile(r"\n\s*\n|\n(?=[-*|#] ?)|\|")
_END = re.compile(r"(?<=[.:;?]) ")
_MADE = "<!-- Made by"


def _sentences(page: Path) -> Iterator[str]:
    text = page.read_text("utf-8")
    if text.startswith(_MADE):
        return
    for part in _PARTS.split(_LINK.sub(r"\1", _FENCED.sub("", text))):
        for sentence in _END.split(" ".join(part.split())):
            words = re.sub(r"[^a-z0-9 ]", "", sentence.lower()).split()
            if len(words) >= LEAST:
                yield " ".join(words)


def test_no_sentence_stands_in_two_pages() -> None:
    """The glossary says words again in short, and two services may have the same bug: these are no pages to read."""
    places: dict[str, set[str]] = {}
    for (section, *_), name in sections():
        source = source_of(name)
        if source.startswith("docs/") and source.endswith(".md") and section != "Measured" and name != "glossary.md":
            for sentence in _sentences(ROOT / source):
                places.setdefault(sentence, set()).add(source)
    assert {} == {sentence: pages for sentence, pages in places.items() if len(pages) > 1}
