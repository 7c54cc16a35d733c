"""A notebook as a page: its own text and code, and below each cell what it showed when `docs/notebooks` was made."""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING

from tests.notebooks.rendering import RENDERED

if TYPE_CHECKING:
    from pathlib import Path

_BLANK = re.compile(r"\n\s*\n")
# Headings of what a cell shows follow those of the page: no level is left out.
_HEADING = re.compile(r"(?<=<)h4(?=>)|(?<=</)h4(?=>)|(?<= )h4(?= \{)")


def as_markdown(notebook: Path) -> str:
    """Return the Markdown of a notebook.

    Raises:
        ValueError: The rendered copy is of another state of the notebook.
    """
    rest = (RENDERED / f"{notebook.stem}.html").read_text("utf-8")
    parts = []
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        _, found, rest = rest.partition(f'<pre class="in">{escape(source)}</pre>')
        if not found:
            raise ValueError(f"{notebook.name}: docs/notebooks has no output of: {source[:60]}")
        parts.append(f"```python\n{source}\n```")
        if rest.startswith('<div class="out">'):
            parts.append(_output(rest))
    return "\n\n".join(parts) + "\n"


def _output(text: str) -> str:
    """Return the element with which a text begins, as one block of HTML."""
    depth = 0
    for tag in re.finditer(r"<(/?)div\b[^>]*>", text):
        depth += -1 if tag[1] else 1
        if not depth:
            return _HEADING.sub("h3", _BLANK.sub("\n", text[: tag.end()]))
    raise ValueError(f"an element without an end: {text[:60]}")
