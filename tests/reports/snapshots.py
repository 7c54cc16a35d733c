"""Stored texts of reports; `UPDATE_SNAPSHOTS=1` stores them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"


def check(name: str, text: str) -> None:
    """Compare a text with the stored one; the version of bothends is none of it."""
    shown = re.sub(r"bothends \d+\.\d+\.\d+", "bothends VERSION", text)
    path = FOLDER / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(shown)
    assert path.exists(), f"no snapshot {name}: run with UPDATE_SNAPSHOTS=1, and read it before you commit it"
    assert path.read_text() == shown
