"""Where a text that is taken is refused, another one that is as long is sent: of other letters, in any script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.judged.things import shelf

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("bug", "told"), [("", set()), ("wide", {"family-status"})])
def test_a_text_beyond_ascii_has_others_that_are_as_long(tmp_path: Path, bug: str, told: set[str]) -> None:
    """Codes of rockets, and of letters with accents, may be taken: others show whether they are refused."""
    report = shelf(tmp_path, bug).verified("--only", "success", "--operation", "make", "--operation", "change")
    assert told == report.errors, report.text
    # What is an error was judged: of its cases, nothing is left to be proven.
    assert not re.findall("longest|unicode", " ".join(one["why"] for one in report.value["not_proven"])), report.text
