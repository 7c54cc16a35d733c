"""Point 13: a run said how many exchanges there were, and never how many there will be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.verdicts.points.shop import Shop


def test_a_run_says_how_far_it_is(shop: Shop) -> None:
    """Without a terminal there are plain lines: done, of how many, and the time that is left."""
    shop.write()
    ended = shop.run("13 progress of a quick run", "verify", "--seed", "1", "--profile", "quick")
    found = re.findall(r"([\d,]+) of (?:about )?([\d,]+)\b[^\n]* s\b", ended.err + ended.out)
    pairs = [(int(done.replace(",", "")), int(total.replace(",", ""))) for done, total in found]
    progress = [(done, total) for done, total in pairs if total > 300]
    assert progress, ended
    assert sorted(done for done, _ in progress) == [done for done, _ in progress]
    assert all(done <= total for done, total in progress)
