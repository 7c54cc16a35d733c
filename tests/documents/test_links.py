"""The links between pages, and the form of what is written by hand: ARCHITECTURE.md and the decisions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.documents.blocks import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DECISIONS = ROOT / "docs" / "explanation" / "decisions.md"
_LINK = re.compile(r"\]\((?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]*))?\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_PATH = re.compile(r"`(?P<path>(?:src|tests|examples|reference|docs|contracts|benchmarks|bothends)/[\w./-]+)`")
_PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "contracts" / "README.md"])


def _anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings."""
    titles = (re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in _HEADING.findall(text))
    return {"", *titles}


def _broken(page: Path) -> Iterator[str]:
    """Yield the relative links of a page that name no file, or no heading of it."""
    for found in _LINK.finditer(page.read_text("utf-8")):
        if "://" in found["path"]:
            continue
        target = page.parent / found["path"] if found["path"] else page
        if not target.exists() or (
            target.suffix == ".md" and (found["anchor"] or "") not in _anchors(target.read_text("utf-8"))
        ):
            yield f"{page}: {found[0]}"


def test_each_link_leads_somewhere() -> None:
    """A relative link names a file that is there, and a heading of it."""
    assert [] == [link for page in _PAGES for link in _broken(page)]


@pytest.mark.parametrize(("page", "most"), [("ARCHITECTURE.md", 180), ("README.md", 160)])
def test_what_is_read_first_is_short(page: str, most: int) -> None:
    """ARCHITECTURE.md has at most 180 lines, as what was decided is said elsewhere, and the README 160."""
    assert len((ROOT / page).read_text("utf-8").splitlines()) <= most


def test_decisions_are_in_one_reading_order() -> None:
    """The decisions are sections of one page, numbered from 1 without a gap, so that one can be named."""
    titles = [title for title in _HEADING.findall(DECISIONS.read_text("utf-8")) if title[0].isdigit()]
    assert [f"{number}." for number in range(1, len(titles) + 1)] == [title.partition(" ")[0] for title in titles]


def test_each_file_that_a_page_names_is_there() -> None:
    """A path in a page, such as `src/bothends/errors.py`, is one of the repository's."""
    all_pages = [*_PAGES, *sorted((ROOT / "examples").glob("*/README.md"))]
    named = [(page, found["path"]) for page in all_pages for found in _PATH.finditer(page.read_text("utf-8"))]
    assert [] == [one for one in named if not (ROOT / one[1]).exists() and not (ROOT / "src" / one[1]).exists()]


def test_the_architecture_names_files_that_are_there() -> None:
    """ARCHITECTURE.md names files and folders of `src/bothends` in short: each is there under that name."""
    named = re.findall(r"`(\w+\.py|\w+/)`", (ROOT / "ARCHITECTURE.md").read_text("utf-8"))
    sources = {f"{path.name}/" if path.is_dir() else path.name for path in (ROOT / "src" / "bothends").rglob("*")}
    assert set() == set(named) - sources - {"reference/"}
