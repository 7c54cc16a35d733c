"""A survivor that a person accepts does not count until its day; what accepts nothing is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.contract import load
from bothends.errors import ContractError
from bothends.score import ScoreReport
from tests.score.reference import recording, strict, written

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = """
[[survivor]]
lie = "answer-member-swapped"
operation = "postRoute"
part = "answer *"
member = "/title"
reason = "A title is for people."
expires = 2099-12-31
"""
TITLES = "answer-member-swapped, postRoute: answer 401 /title"


def report(folder: Path, text: str) -> ScoreReport:
    """Return the score of a contract beside which a file of known findings stands."""
    config = written(folder)
    (folder / "known-findings.toml").write_text(text, "utf-8")
    return ScoreReport.of(recording().under(load(config)))


def test_what_is_accepted_does_not_count_and_is_told_with_its_reason(tmp_path: Path) -> None:
    """What else survives counts as before."""
    found = report(tmp_path, ENTRY)
    assert (strict().noticed, strict().counted - 3) == (found.score.noticed, found.score.counted)
    accepted = "Accepted, and not counted:\n  "
    assert f"{accepted}{TITLES} (A title is for people. Until 2099-12-31.)\n" in found.as_text()
    assert 3 == len(found.as_json()["accepted"])
    assert "Entries of accepted survivors" not in found.as_text()


def test_after_its_day_it_counts_again(tmp_path: Path) -> None:
    """As a known finding breaks the run again."""
    found = report(tmp_path, ENTRY.replace("2099", "2020"))
    assert strict().counted == found.score.counted
    assert (
        "  line 2, answer-member-swapped, postRoute: answer * /title: accepted until 2020-12-31, and counted since\n"
        in (found.as_text())
    )


def test_what_a_law_notices_needs_no_entry(tmp_path: Path) -> None:
    """It is told, so that nobody keeps it for ever."""
    text = report(tmp_path, ENTRY.replace('"/title"', '"/status"')).as_text()
    assert "answer * /status: no such lie survives, so the entry can be removed" in text


WRONG = {
    "another key": (f'{ENTRY}case = "x"', "'case' is not a key of a survivor"),
    "no reason": (ENTRY.replace("reason", "# reason"), "'reason' is missing"),
    "no day": (ENTRY.replace("expires", "# expires"), "'expires' is missing"),
    "no member": (ENTRY.replace("member", "# member"), "'member' is missing"),
    "no such lie": (ENTRY.replace("swapped", "swaped"), "'answer-member-swaped' is no lie"),
    "no table": ("survivor = 1", "'survivor' is not a list of tables"),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_entry_that_is_wrong_is_an_error_at_its_line(what: str, tmp_path: Path) -> None:
    """It would accept more than was meant, or nothing."""
    text, problem = WRONG[what]
    with pytest.raises(ContractError, match=problem) as raised:
        report(tmp_path, text)
    assert "known-findings.toml:" in str(raised.value)
