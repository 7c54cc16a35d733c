"""SECURITY.md: each threat names a test, which is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"\| `(tests/[\w/]+\.py)::(test_\w+)` \|")


def test_each_threat_names_a_test_that_is_there() -> None:
    """A line without a test, or with one that has another name by now, promises nothing."""
    rows = [line for line in (ROOT / "SECURITY.md").read_text("utf-8").splitlines() if line.startswith("| ")][2:]
    named = [NAMED.search(row) for row in rows]
    assert len(rows) >= 15
    assert all(named)
    gone = [
        match[0]
        for match in named
        if match is not None and f"def {match[2]}(" not in (ROOT / match[1]).read_text("utf-8")
    ]
    assert [] == gone
