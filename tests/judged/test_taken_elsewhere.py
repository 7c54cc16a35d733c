"""A value that one operation has given to an object is taken for the others: those that make, and those that change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judged.things import shelf

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--only", "success")


def test_a_value_of_another_operation_is_taken(tmp_path: Path) -> None:
    """A code that was given to a thing when it was made is refused when another one is changed, and the other way."""
    report = shelf(tmp_path).verified(*ONLY)
    assert set() == report.errors, report.text
    assert any("valid requests to change were answered 400" in note for note in report.notes), report.text


def test_a_value_that_is_refused_whoever_has_it_is_an_error(tmp_path: Path) -> None:
    """A code of one character may be taken the first time; another one is not."""
    report = shelf(tmp_path, "short").verified(*ONLY)
    (found,) = (one for one in report.value["findings"] if one["severity"] == "error")
    assert ("family-status", {"change"}) == (found["law"], {one["operation"] for one in found["instances"]}), (
        report.text
    )
    assert "success/change.code-shortest" in found["cases"]
