"""Stored texts of reports."""

from __future__ import annotations

import re
from pathlib import Path

from tests.snapshots import compare

FOLDER = Path(__file__).parent / "snapshots"


def check(name: str, text: str) -> None:
    """Compare a text with the stored one; the version of bothends is none of it."""
    shown = re.sub(r"bothends \d+\.\d+\.\d+", "bothends VERSION", text)
    compare(FOLDER / name, shown)
