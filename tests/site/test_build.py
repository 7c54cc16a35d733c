"""`make site`: how long it takes, which pages there are, and that each link leads to a page and to a place in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from bothends.laws import all_laws
from bothends.reports import law_pages
from tests.documents.blocks import ROOT
from tests.site.pages import page_of, sections, source_of

if TYPE_CHECKING:
    from pathlib import Path

MOST_SECONDS = 60
MOST_PAGES = 90
PATH = [name for above, name in sections() if above == ("First hour",)]
_LLMS = re.compile(
    r"# .+\n\n> .+\n(?:\n## .+\n\n(?:- \[[^\]]+\]\([^)\s]+\): .+\n)+)+",
)
"""A title, a summary in a quotation, and sections that are lists of links with notes, as llmstxt.org has it."""


class Links(HTMLParser):
    """What a page links to or loads, and the places in it that a link can name."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.to: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = {"", "__skip"}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element names."""
        for name, value in attrs:
            if name in {"href", "src", "srcset"} and value is not None:
                self.to.append(value)
                if name != "href" or tag == "link":
                    self.loaded.append(value)
            elif name == "id" and value:
                self.places.add(value)


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Links]:
    """Each page of the site, but that for other addresses, which is right at the root of a server alone."""
    return {page: Links(page.read_text("utf-8")) for page in sorted(site.rglob("*.html")) if page.name != "404.html"}


@pytest.mark.alone
def test_it_takes_less_than_a_minute(made: Path) -> None:
    """On a machine that does nothing else, the site is there within a minute."""
    assert float((made / "seconds").read_text()) < MOST_SECONDS


def test_it_has_few_pages(site: Path) -> None:
    """The site has at most 90 pages, each one that is written; a warning of the generator is an error."""
    assert len(list(sections())) + 1 == len(list(site.rglob("*.html"))) <= MOST_PAGES


def test_each_link_leads_to_a_place(pages: dict[Path, Links]) -> None:
    """A link, a script or a picture of a page is a file of the site; what stands behind `#` is in it."""
    dead = []
    for page, links in pages.items():
        for link in links.to:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            to = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not to.exists() or (to in pages and unquote(parts.fragment) not in pages[to].places):
                dead.append((page.name, link))
    assert [] == dead


def test_a_page_loads_nothing_from_elsewhere(pages: dict[Path, Links]) -> None:
    """Scripts, styles, fonts and pictures are files of the site."""
    assert [] == [url for links in pages.values() for url in links.loaded if urlsplit(url).scheme]


def test_all_that_is_written_is_a_page() -> None:
    """Each page of `docs`, each README of an example and each notebook has its place in the navigation, once."""
    written = [
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").glob("*/README.md"),
        *(ROOT / "notebooks").glob("*.ipynb"),
    ]
    names = [name for _, name in sections()]
    assert sorted(set(names)) == sorted(names)
    assert set() == {page_of(path.relative_to(ROOT).as_posix()) for path in written} - set(names)


def test_the_first_hour_is_one_path() -> None:
    """Each page of it ends with a link to the next one, and the last one says that it is the last."""
    assert [
        "index.md",
        "tutorial.md",
        "how-to/your-own-service.md",
        "contract.md",
        "reports.md",
        "how-to/ci.md",
    ] == PATH
    for page, following in pairwise(PATH):
        *_, last = (ROOT / source_of(page)).read_text("utf-8").strip().splitlines()
        assert last.startswith("Next: "), page
        assert f"{following.rpartition('/')[2]})." in last, page
    first = (ROOT / source_of("index.md")).read_text("utf-8")
    listed = re.findall(r"^\d\. \[.+?\]\((.+?)\)", first, re.MULTILINE)
    assert PATH[1:] == listed


def test_the_page_of_each_law_is_there(site: Path, pages: dict[Path, Links], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where reports link to a law, the site has it."""
    monkeypatch.setattr(law_pages, "project_url", lambda *_: "https://docs.example/")
    for law in all_laws():
        written = law_pages.law_page(law.name)
        assert written is not None
        url = urlsplit(written.url)
        assert url.fragment in pages[site / url.path.removeprefix("/")].places


def test_llms_txt_names_each_page_as_markdown(site: Path) -> None:
    """It has the form of llmstxt.org, and what it links to is there, without HTML around it."""
    text = (site / "llms.txt").read_text("utf-8")
    assert _LLMS.fullmatch(text)
    linked = re.findall(r"\]\(([^)]+)\)", text)
    assert [name for _, name in sections()] == linked
    # A skill begins with its name and its purpose.
    begins = re.compile(r"(?:<!--.*-->\n+|---\n.*?\n---\n+)?# ", re.DOTALL)
    assert [] == [name for name in linked if not begins.match((site / name).read_text("utf-8"))]
