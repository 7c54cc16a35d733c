"""Point 13: a run said how many exchanges there were, and never how many there will be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from tests.verdicts.points.shop import Shop


def test_a_run_says_how_far_it_is(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal there are plain lines: done, of how many, and the time that is left."""
    # A run that is long enough for lines five seconds apart takes half a minute.
    monkeypatch.setattr("bothends.reports.terminal.PROGRESS_SECONDS", 0.1)
    shop.write()
    ended = shop.run("13 progress of a run", "verify", "--seed", "1", "--only", "framing")
    found = re.findall(r"([\d,]+) of (?:about )?([\d,]+) exchanges\b[^\n]* s\b", ended.err + ended.out)
    progress = [(int(done.replace(",", "")), int(total.replace(",", ""))) for done, total in found]
    assert len(progress) > 1, ended
    assert sorted(done for done, _ in progress) == [done for done, _ in progress]
    assert all(done <= total for done, total in progress)
