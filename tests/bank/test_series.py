"""A series over a bank: what is known is not tried again, and its page says what came of each bug."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.bank.series import RIGHT, page
from tests.checkout.measure import SERIES as CHECKOUT
from tests.orders.measure import SERIES as ORDERS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bank.bank import Mutant
    from tests.bank.series import Series

BUG = ORDERS.bugs()[0]
NAME = f"{BUG.target}/{BUG.name}"
ROW = {"by": ["provenance"], "named": True, "warning": False, "told": "", "profile": "quick", "exchanges": 9, "code": 1}
MORE = {"seconds": 3.0, "took": {"quick": 3.0}, "at": "2026-01-01", "tool": "bothends"}


def of_one(folder: Path, bug: Mutant = BUG) -> Series:
    """Return the series of orders with one bug, and with what is known of it in a folder."""
    return replace(ORDERS, bugs=lambda: (bug,), outcomes=folder / "outcomes.jsonl", page=folder / "page.md")


def row(series: Series, **more: Any) -> dict[str, Any]:
    """Return what is known of its bug."""
    return {"key": series.key(series.bugs()[0]), **ROW, **MORE, **more}


@pytest.mark.parametrize("again", ["changed", "missed", "none"])
def test_what_is_known_is_not_tried_again(again: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is said of it, and the page is written."""
    series = of_one(tmp_path)
    series.keep({NAME: row(series)})
    assert 0 == series.main("A series.", ["--only", NAME, "--again", again])
    assert "" == capsys.readouterr().out
    assert f"| {NAME} |" in series.page.read_text("utf-8")


@pytest.mark.parametrize("again", ["missed", "none"])
def test_a_bug_that_was_named_need_not_be_tried_again_when_code_has_changed(
    again: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only those that were missed are then, where that is asked for."""
    series = of_one(tmp_path)
    series.keep({NAME: row(series, key="of before")})
    assert 0 == series.main("A series.", ["--only", NAME, "--again", again])
    assert "" == capsys.readouterr().out


def test_a_bug_whose_row_names_another_law_is_another_outcome() -> None:
    """It is tried again."""
    assert ORDERS.key(BUG) != ORDERS.key(replace(BUG, laws=(*BUG.laws, "provenance")))


def test_a_bug_that_cannot_be_planted_is_told_and_the_series_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It came to no verdict, and nothing is kept of it."""
    gone = replace(BUG.edits[0], find="what stands nowhere")
    series = of_one(tmp_path, replace(BUG, edits=(gone,)))
    assert 1 == series.main("A series.", ["--only", NAME])
    assert f"{NAME}: no verdict: " in capsys.readouterr().out
    assert {} == series.known()


def test_st_run_has_no_more_time_than_bothends_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where that is not known, it is not tried."""
    series = of_one(tmp_path)
    series.keep({NAME: row(series)})
    assert 1 == series.main("A series.", ["--only", NAME, "--peer"])
    assert f"try first how long bothends takes: --only '{BUG.target}/{RIGHT}'" in capsys.readouterr().out


def test_the_page_leaves_out_what_st_run_says_of_the_right_target(tmp_path: Path) -> None:
    """What it says of the same operation there is no catch."""
    series = of_one(tmp_path)
    usual, other = "Server error at POST /orders", "Server error at GET /orders"
    of_right = {"st": [usual], "st_budget": 3.0, "st_cases": 9}
    found = {NAME: row(series, st=[usual, other], st_budget=3.0, st_cases=9), f"python/{RIGHT}": of_right}
    last = page(series, found).splitlines()[-1]
    assert (
        f"| **provenance** | quick | 3 | 9 | {other} |" in last or f"| provenance | quick | 3 | 9 | {other} |" in last
    )


def test_a_good_request_that_is_answered_504_counts_for_nothing_in_a_bank_that_has_no_such_bug() -> None:
    """A busy machine does that to the right service as well."""
    assert [True, False] == [CHECKOUT.late, ORDERS.late]


@pytest.mark.long
@pytest.mark.parametrize("series", [CHECKOUT, ORDERS], ids=lambda series: series.name)
def test_st_run_finds_its_way_about(series: Series) -> None:
    """It is signed in, and makes cases within its time."""
    found = series.by_schemathesis(series.right()[0], 10.0)
    assert found["st_cases"] > 0
    assert [] == [each for each in found["st"] if each.startswith("start")]
