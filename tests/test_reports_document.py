"""`docs/reports.md` says what is so: its files are read, its pictures are there. Its commands: `tests/documents`."""

from __future__ import annotations

import re
from pathlib import Path

from bothends.contract import load_settings
from bothends.contract.known_file import read_known
from bothends.laws import all_laws

DOCS = Path(__file__).parent.parent / "docs"
TEXT = (DOCS / "reports.md").read_text()


def blocks(language: str) -> list[str]:
    """Return the blocks of code of one language."""
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def test_the_files_are_read(tmp_path: Path) -> None:
    """The settings and the known findings mean what the text says."""
    threshold, known = blocks("toml")
    (tmp_path / "bothends.toml").write_text(f'spec = "openapi.yaml"\n{threshold}')
    (tmp_path / "known-findings.toml").write_text(known)
    settings = load_settings(tmp_path / "bothends.toml")
    assert 90 == settings.coverage_threshold
    names = [law.name for law in all_laws()]
    assert ["3f9a1c2b7d", "one-event: several events (placeOrder)"] == [one.name for one in read_known(settings, names)]


def test_the_pictures_are_there() -> None:
    """Light and dark."""
    pictures = re.findall(r'(?:src|srcset)="(images/[^"]+)"', TEXT)
    assert ["images/report-dark.png", "images/report-light.png"] == pictures
    assert all((DOCS / picture).is_file() for picture in pictures)
