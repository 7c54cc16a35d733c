"""What the site is made of: which file is which page, and where links of the repository lead in it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import TYPE_CHECKING, Any

from tests.site.notebooks import as_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "docs" / "site"
SETTINGS = SOURCE / "zensical.toml"
_PROJECT = {
    name: f"project/{name.lower()}" for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
}
_NAMED = {
    "README.md": "index.md",
    "docs/README.md": "index.md",
    "contracts/README.md": "examples/contracts.md",
    **_PROJECT,
}
_EXAMPLE = re.compile(r"examples/(\w+)/README\.md")
_NOTEBOOK = re.compile(r"(?:docs/)?notebooks/(\w+)\.(?:ipynb|html)")
_FENCED = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<=\]\()(?P<path>[^)#\s:]+)(?=[#)])")
_LINKED = re.compile(r"\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<path>[^)#\s:]+)\)")
_HEAD = re.compile(r"\A(?:<!-- .* -->|---\n(?:.*\n)+?---)\n+")
"""What is above the title, and for others than readers: what made the page, and what an agent is told of a skill."""


def sections() -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each page of the navigation: the sections that it is in, and its name."""
    yield from _entries(tomllib.loads(SETTINGS.read_text("utf-8"))["project"]["nav"], ())


def _entries(entries: list[Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for entry in entries:
        if isinstance(entry, str):
            yield above, entry
            continue
        [(title, below)] = entry.items()
        if isinstance(below, str):
            yield above, below
        else:
            yield from _entries(below, (*above, title))


def page_of(path: str) -> str:
    """Return the page that a file of the repository is; empty when it is none."""
    if path in _NAMED:
        return _NAMED[path]
    if found := _EXAMPLE.fullmatch(path):
        return f"examples/{found[1]}.md"
    if found := _NOTEBOOK.fullmatch(path):
        return f"notebooks/{found[1]}.md"
    return path.removeprefix("docs/") if path.startswith("docs/") and path.endswith(".md") else ""


def source_of(page: str) -> str:
    """Return the file that a page is made of."""
    folder, _, name = page.rpartition("/")
    known = {of: path for path, of in _NAMED.items()}
    match folder:
        case "notebooks":
            return f"notebooks/{name.removesuffix('.md')}.ipynb"
        case "examples" if page not in known:
            return f"examples/{name.removesuffix('.md')}/README.md"
        case _:
            return known.get(page, f"docs/{page}")


def text_of(page: str) -> tuple[str, dict[str, str]]:
    """Return a page's Markdown, and each file of the repository that it links to, by its name in the site."""
    source = source_of(page)
    if source.endswith(".ipynb"):
        text = as_markdown(ROOT / source)
    else:
        text = _HEAD.sub("", (ROOT / source).read_text("utf-8"))
    files: dict[str, str] = {}
    parts, end = [], 0
    for fence in _FENCED.finditer(text):
        parts += [_linked(text[end : fence.start()], source, page, files), fence[0]]
        end = fence.end()
    return "".join((*parts, _linked(text[end:], source, page, files))), files


def _linked(text: str, source: str, page: str, files: dict[str, str]) -> str:
    """Return prose whose links lead to pages of the site, or to copies of files; what is a folder stays a text."""

    def unlinked(found: re.Match[str]) -> str:
        path = normpath(PurePosixPath(source).parent / found["path"])
        return found["text"] if (ROOT / path).is_dir() else found[0]

    def led(found: re.Match[str]) -> str:
        path = normpath(PurePosixPath(source).parent / found["path"])
        to = page_of(path)
        if not to and path.startswith("docs/"):
            to = path.removeprefix("docs/")
        elif not to:
            to = f"files/{path}.txt"
            files[to] = path
        return relpath(to, PurePosixPath(page).parent)

    return _LINK.sub(led, _LINKED.sub(unlinked, text))
