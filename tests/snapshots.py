"""Stored texts, and how what is shown now is compared with them; `UPDATE_SNAPSHOTS=1` stores it anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

UPDATE = "UPDATE_SNAPSHOTS"


def compare(path: Path, shown: str) -> None:
    """Compare what is shown, without what differs from run to run, with the text that is stored in a file."""
    if os.environ.get(UPDATE):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, "utf-8")
    assert path.exists(), f"no snapshot {path.name}: run this test with {UPDATE}=1, and read it before you commit it"
    advice = f"if that is right, run this test with {UPDATE}=1, and read the difference before you commit it"
    assert path.read_text("utf-8") == shown, f"the snapshot {path.name} is another: {advice}"
