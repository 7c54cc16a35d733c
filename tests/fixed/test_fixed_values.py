"""What the contract fixes in requests, in real processes: it is sent as it stands wherever a request is to be valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fixed.project import FORM, JSON, MULTIPART, Notes

if TYPE_CHECKING:
    from pathlib import Path


def test_a_right_target_is_proven(tmp_path: Path) -> None:
    """No family has a valid request in which a value of setup, a constant or a header's example is another one."""
    report = Notes(tmp_path).verified("--profile", "quick", "--only", "[!s]*", "--max-examples", "8")
    assert set() == report.errors, report.text


@pytest.mark.parametrize("media_type", [JSON, FORM, MULTIPART])
def test_each_valid_request_has_what_is_fixed(tmp_path: Path, media_type: str) -> None:
    """In JSON, in a form and in parts, nested and in lists; generated requests too."""
    for only in ("success", "fuzz-valid"):
        report = Notes(tmp_path, media_type).verified("--only", only, "--max-examples", "40")
        assert set() == report.errors, report.text
        assert {"200"} == {one["status"] for one in report.value["answers"] if one["seen"]}, report.text


def test_a_lost_event_is_told(tmp_path: Path) -> None:
    """The events of such requests are judged as all others are."""
    assert {"event-for-success"} == Notes(tmp_path).verified("--only", "success", bug="loses").errors


def test_what_breaks_a_constant_on_purpose_stays(tmp_path: Path) -> None:
    """A target that takes another constant is told, by the family that is about it."""
    report = Notes(tmp_path).verified("--only", "invalid-body", bug="takes-any")
    assert {"family-status"} == report.errors, report.text
    assert "(invalid-body)" in report.text
