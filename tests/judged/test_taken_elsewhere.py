"""A value that one operation has given to an object is taken for the others: those that make, and those that change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.judged.things import shelf

if TYPE_CHECKING:
    from pathlib import Path

    from tests.judged.project import Report

ONLY = ("--only", "success")


def test_a_value_of_another_operation_is_taken(tmp_path: Path) -> None:
    """A code that was given to a thing when it was made is refused when another one is changed, and the other way."""
    report = shelf(tmp_path).verified(*ONLY)
    assert set() == report.errors, report.text
    assert any("valid requests to change were answered 400" in note for note in report.notes), report.text


def unanswered(folder: Path, bugs: str = "", how: str = "silent") -> Report:
    """Return what is said of a shelf that answers wrongly who first makes a thing with a code of one character."""
    cases = ("make.surrogate-pair", "change.surrogate-pair", "change.code-shortest")
    only = [word for case in cases for word in ("--only", f"success/{case}")]
    return replace(shelf(folder, f"{how},{bugs}"), target_lines="time_limit_ms = 1000").verified(*only)


def test_a_value_of_a_request_that_got_no_answer_may_be_taken(tmp_path: Path) -> None:
    """Nobody knows whether that was executed: who is refused the same value is not accused of it."""
    report = unanswered(tmp_path)
    assert {"answered-in-time"} == report.errors, report.text
    (said,) = (note for note in report.notes if "2 valid requests to change were answered 400" in note)
    # The second one is the same with a thing that was made for it: nothing else can be sent.
    assert "with a value of an earlier request that had succeeded, or may have been executed all the same;" in said


def test_a_value_of_a_request_that_failed_may_be_taken(tmp_path: Path) -> None:
    """An error of the server says nothing of what was stored before it: nobody else is accused of that."""
    report = unanswered(tmp_path, how="failing")
    assert {"family-status"} == report.errors, report.text
    assert any("2 valid requests to change were answered 400" in note for note in report.notes), report.text


def test_a_value_that_nobody_has_sent_is_not_taken_whoever_got_no_answer(tmp_path: Path) -> None:
    """A target that refuses each code of one character is accused of the one that is new."""
    report = unanswered(tmp_path, "short")
    assert {"answered-in-time", "family-status"} == report.errors, report.text
    (found,) = (one for one in report.value["findings"] if one["law"] == "family-status")
    assert ["success/change.code-shortest"] == found["cases"]


def test_a_value_that_is_refused_whoever_has_it_is_an_error(tmp_path: Path) -> None:
    """A code of one character may be taken the first time; another one is not."""
    report = shelf(tmp_path, "short").verified(*ONLY)
    (found,) = (one for one in report.value["findings"] if one["severity"] == "error")
    assert ("family-status", {"change"}) == (found["law"], {one["operation"] for one in found["instances"]}), (
        report.text
    )
    assert "success/change.code-shortest" in found["cases"]


def test_a_value_is_no_reason_where_others_are_refused_as_well(tmp_path: Path) -> None:
    """No thing can be changed at all: that is said, and nothing of values that others have."""
    report = shelf(tmp_path, "fixed").verified(*ONLY)
    assert "No valid request succeeded: 400 " in report.not_proven["success of change"], report.text
    assert "cases of change" not in report.not_proven
    assert not [note for note in report.notes if "to change" in note and "answered 400" in note]
