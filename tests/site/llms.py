"""`llms.txt`, in the form of llmstxt.org: a title, what the project is, and a list of pages in each section."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from tests.site.pages import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

LAST = ("Measured", "Project")
"""Sections of which a short answer has no need: the form calls them Optional."""
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_PARAGRAPH = re.compile(r"\n\n(?P<text>[A-Za-z`*\[](?:.|\n(?!\n))*)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_SENTENCE = re.compile(r"[.:](?= |$)")


def llms_txt(pages: Sequence[tuple[tuple[str, ...], str, str]]) -> str:
    """Return the file.

    Args:
        pages: Of each page the sections that it is in, its name, and its Markdown, in the order of the navigation.
    """
    project = tomllib.loads(SETTINGS.read_text("utf-8"))["project"]
    lines = [f"# {project['site_name']}", "", f"> {project['site_description']}"]
    section = ""
    for (first, *_), name, text in pages:
        here = "Optional" if first in LAST else first
        if here != section:
            section = here
            lines += ["", f"## {section}", ""]
        lines.append(f"- [{title(text)}]({name}): {about(text)}")
    return "\n".join(lines) + "\n"


def title(text: str) -> str:
    """Return the title of a page."""
    found = _TITLE.search(text)
    assert found is not None, text[:60]
    return found[1].replace("`", "")


def about(text: str) -> str:
    """Return the first sentence of a page, as plain text."""
    found = _PARAGRAPH.search(text)
    assert found is not None, text[:60]
    words = " ".join(_LINK.sub(r"\1", found["text"]).replace("*", "").split())
    end = _SENTENCE.search(words)
    return f"{words[: end.start()] if end else words}."
