"""The blocks of code of a page, and what each is: commands, a file, or code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = ("docs/pytest.md", "docs/kill-matrix.md", "docs/how-to/from-a-plain-run-to-proven.md")
"""Pages whose blocks have tests of their own, or that have none."""
LANGUAGES = ("console", "json", "python", "sh", "text", "toml", "yaml")
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
# A first line such as `# bothends.toml` names the file that the block is.
_NAME = re.compile(r"# (?P<name>[\w./-]+\.(?:toml|yaml|yml|py))\n")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        page: The page, relative to the repository's root.
        line: The line of its fence.
        language: What the fence says.
        text: What is in it, without the indent of the fence.
    """

    page: str
    line: int
    language: str
    text: str

    @property
    def name(self) -> str:
        """The file that it is; empty when it is none."""
        found = _NAME.match(self.text)
        return "" if found is None else found["name"]

    def __str__(self) -> str:
        """Return where it stands."""
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    """Return all pages with blocks that this folder tests, in order."""
    found = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md"))]
    beside = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "examples").glob("*/README.md"))]
    return ["README.md", "contracts/README.md", *beside, *(page for page in found if page not in ELSEWHERE)]


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page, in order."""
    text = (ROOT / page).read_text("utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        lines = [line.removeprefix(match["indent"]) for line in match["text"].splitlines(keepends=True)]
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(page, line, match["language"], "".join(lines)))
    return found
