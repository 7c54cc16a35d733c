"""The words that a reader of reports and errors meets: `docs/glossary.md`, which ships with the package.

A report is read far from the repository, perhaps without a network, and has the words of the version that wrote it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

_TITLE = re.compile(r"## (?P<title>.+)")
_ROW = re.compile(r"\| (?P<word>.+?) \| (?P<meaning>.+) \|")
_MORE = re.compile(r" \[[^\]]*\]\([^)]*\)$")
_MARK = re.compile(r"\*([^*]+)\*|`([^`]+)`|\[([^\]]+)\]\([^)]*\)")
_HEAD = "word"
# In a message these are mostly ordinary words, or need no explanation.
_ORDINARY = {"answer", "broken", "contract", "error", "event", "late", "lost", "met", "mixed", "warning"}

POINTER = "`bothends words` explains the words of this report."
"""The last but one line of a report that is not good news."""


@dataclass(frozen=True, slots=True)
class Words:
    """One section of the glossary.

    Attributes:
        title: What its words are about.
        rows: Each word, or several in one row, with its meaning, as plain text.
    """

    title: str
    rows: tuple[tuple[str, str], ...]


@cache
def glossary() -> tuple[Words, ...]:
    """Return the glossary, section by section."""
    sections: list[tuple[str, list[tuple[str, str]]]] = []
    for line in _text().splitlines():
        if title := _TITLE.fullmatch(line):
            sections.append((title["title"], []))
        elif sections and (row := _ROW.fullmatch(line)) and row["word"] != _HEAD:
            sections[-1][1].append((_plain(row["word"]), _plain(row["meaning"])))
    return tuple(Words(title, tuple(rows)) for title, rows in sections)


def meanings(wanted: str = "") -> list[tuple[str, str]]:
    """Return the words that have a text in them, in any case, with their meanings."""
    return [row for words in glossary() for row in words.rows if wanted.casefold() in row[0].casefold()]


def glossary_pointer(text: str) -> str:
    """Return the command that explains the first word of the glossary in a text; empty if the text has none.

    A name in quotes or brackets, such as `[world]`, is not taken for a word.
    """
    words = [word for row, _ in meanings() for word in row.split(", ") if word not in _ORDINARY]
    found = re.search(
        rf"(?<![\w'`\[{{./-])({'|'.join(sorted(map(re.escape, words), key=len, reverse=True))})(?=s?\b(?![-/.]\w))",
        text,
    )
    return "" if found is None else f"bothends words {shlex.quote(found[1])}"


def _plain(text: str) -> str:
    """Return text without marks; of links, which lead to other pages, the words stay but for one at the end."""
    return _MARK.sub(lambda found: found[1] or found[2] or found[3], _MORE.sub("", text))


def _text() -> str:
    packaged = resources.files("bothends").joinpath("glossary.md")
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    # An editable install has the repository around it.
    return (Path(__file__).parents[3] / "docs" / "glossary.md").read_text(encoding="utf-8")
