"""`docs/reports.md` and the page of known findings say what is so: their files are read, their pictures are there."""

from __future__ import annotations

import re
from pathlib import Path

from bothends.contract.settings import load_settings, read_known
from bothends.laws import all_laws

DOCS = Path(__file__).parent.parent / "docs"
TEXT = (DOCS / "reports.md").read_text()


def blocks(text: str) -> list[str]:
    """Return the blocks of TOML of a page."""
    return re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)


def test_the_files_are_read(tmp_path: Path) -> None:
    """The settings and the known findings mean what the text says."""
    (threshold,) = blocks(TEXT)
    (tmp_path / "bothends.toml").write_text(f'spec = "openapi.yaml"\n{threshold}')
    known = blocks((DOCS / "how-to" / "known-findings.md").read_text())
    (tmp_path / "known-findings.toml").write_text("\n".join(known))
    settings = load_settings(tmp_path / "bothends.toml")
    assert 90 == settings.coverage_threshold
    names = [law.name for law in all_laws()]
    found = {one.name for one in read_known(settings, names)}
    of_one_case = "event-for-success: fault of the ingest (postRoute 200 upstream-unreachable/ingest-unreachable)"
    assert {"ef774ac14e", of_one_case} == found


def test_the_pictures_are_there() -> None:
    """Light and dark."""
    pictures = re.findall(r'(?:src|srcset)="(images/[^"]+)"', TEXT)
    assert ["images/report-dark.png", "images/report-light.png"] == pictures
    assert all((DOCS / picture).is_file() for picture in pictures)
