"""Markdown tables, and the text that goes into their cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HEAD = "<!-- Made by `make docs` from {source}. Change that, and run it again. -->\n\n"
"""What a generated page begins with, so that nobody mends it by hand."""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, with what would end a cell escaped."""
    lines = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(text: str) -> str:
    """Return text as inline code."""
    return f"`{text}`"


def sentence(text: str) -> str:
    """Return text with a capital at its beginning and a full stop at its end, in one line."""
    text = " ".join(text.split())
    return text if not text else f"{text[0].upper()}{text[1:]}{'' if text.endswith(('.', ':', '?')) else '.'}"
