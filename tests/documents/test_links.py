"""The links between pages, and the form of what is written by hand: ARCHITECTURE.md and the decisions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.documents.blocks import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DECISIONS = ROOT / "docs" / "decisions"
MOST_LINES = 200
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


def test_the_architecture_is_short() -> None:
    """ARCHITECTURE.md has at most 200 lines: what was decided is said elsewhere."""
    assert len((ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines()) <= MOST_LINES


def test_each_decision_is_in_the_index() -> None:
    """The index has each decision once, by its title; a new one stands in the section that it is about."""
    files = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
    titles = [f"- [{path.read_text('utf-8').partition(chr(10))[0].removeprefix('# ')}]({path.name})" for path in files]
    index = (DECISIONS / "README.md").read_text("utf-8").splitlines()
    assert sorted(titles) == sorted(line for line in index if line.startswith("- "))


def test_each_decision_has_its_three_parts() -> None:
    """A decision says its context, what was decided, and the consequence, in that order."""
    for path in DECISIONS.glob("0*.md"):
        number = int(path.name.partition("-")[0])
        title, *parts = _HEADING.findall(path.read_text("utf-8"))
        assert (f"{number}.", ["Context", "Decision", "Consequence"]) == (title.partition(" ")[0], parts), path.name


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
