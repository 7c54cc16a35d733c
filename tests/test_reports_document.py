"""`docs/reports.md` says what is so: its commands are taken, its files are read, its pictures are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cli.arguments import parse
from bothends.contract import load_settings
from bothends.contract.known_file import read_known

if TYPE_CHECKING:
    import pytest

DOCS = Path(__file__).parent.parent / "docs"
TEXT = (DOCS / "reports.md").read_text()


def blocks(language: str) -> list[str]:
    """Return the blocks of code of one language."""
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def test_the_commands_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line is one that the command line understands."""
    monkeypatch.chdir(tmp_path)
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert 2 == len(lines)
    for line in lines:
        program, *arguments = shlex.split(line)
        assert ("bothends", "verify") == (program, arguments[0])
        parse(arguments)


def test_the_files_are_read(tmp_path: Path) -> None:
    """The settings and the known findings mean what the text says."""
    for block in blocks("toml"):
        (tmp_path / block.splitlines()[0].removeprefix("# ")).write_text(block)
    settings = load_settings(tmp_path / "bothends.toml")
    assert 90 == settings.coverage_threshold
    assert ["3f9a1c2b", "one-event: more than one event for success"] == [one.name for one in read_known(settings)]


def test_the_pictures_are_there() -> None:
    """Light and dark."""
    pictures = re.findall(r'(?:src|srcset)="(images/[^"]+)"', TEXT)
    assert ["images/report-dark.png", "images/report-light.png"] == pictures
    assert all((DOCS / picture).is_file() for picture in pictures)
