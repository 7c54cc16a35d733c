"""Values that must be unique, which no schema says, in real processes: a taken one is rightly refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.taken.project import verified

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--only", "[cs][ou][vc]*")
"""The families `success` and `coverage`."""


@pytest.mark.parametrize("exists", [400, 409])
def test_a_taken_value_is_refused_rightly(tmp_path: Path, exists: int) -> None:
    """No valid request is an error of a target whose names are unique, or of one that makes each thing once."""
    report = verified(tmp_path, *ONLY, exists=exists)
    assert set() == report.errors, report.text
    assert {"cases of makePlan"} == report.not_proven, report.text
    assert [""] == [one["add"] for one in report.value["not_proven"]], report.text
    assert f"makePlan were answered {exists}, with a value of an earlier request that had succeeded" in report.text


def test_each_request_for_a_name_has_its_own(tmp_path: Path) -> None:
    """Generated requests with the same shortest name are made to differ: all but the first succeed."""
    report = verified(tmp_path, "--only", "coverage", "--operation", "makeModel")
    assert set() == report.errors, report.text
    assert set() == report.not_proven, report.text
    assert "had succeeded" not in report.text


@pytest.mark.parametrize(("bug", "operation"), [("short", "makeModel"), ("tags", "makeModel"), ("plan", "makePlan")])
def test_a_value_that_is_refused_always_is_an_error(tmp_path: Path, bug: str, operation: str) -> None:
    """A valid name of one character, tags, or one of three plans: nobody had it before."""
    report = verified(tmp_path, *ONLY, bug=bug)
    assert {("family-status", operation)} == report.errors, report.text


def test_a_value_that_setup_has_sent_is_taken(tmp_path: Path) -> None:
    """What setup has made is there when the example of the document asks for the same name."""
    report = verified(tmp_path, *ONLY, "--operation", "makeModel", setup="lamp")
    assert set() == report.errors, report.text


def test_a_value_that_setup_has_not_sent_is_not_taken(tmp_path: Path) -> None:
    """That another value was sent by setup excuses no refusal."""
    report = verified(tmp_path, *ONLY, "--operation", "makeModel", setup="lamp", bug="short")
    assert {("family-status", "makeModel")} == report.errors, report.text


def test_a_value_of_setup_that_is_taken_again_excuses_nothing(tmp_path: Path) -> None:
    """Where nobody signs in, all have one caller: who had a name several times is not refused for that."""
    report = verified(tmp_path, "--only", "success", "--operation", "makeModel", setup="lamp", fixed=True, bug="twice")
    assert {("family-status", "makeModel")} == report.errors, report.text


def test_another_path_is_not_executed(tmp_path: Path) -> None:
    """A shorter path is another one."""
    report = verified(tmp_path, "--only", "routing", "--operation", "makeModel")
    assert set() == report.errors, report.text


def test_a_path_without_its_slash_may_be_the_same(tmp_path: Path) -> None:
    """A router to which a slash at the end is nothing is no error: a proxy in front may take them for two."""
    report = verified(tmp_path, "--only", "routing", "--operation", "makeModel", bug="slash")
    assert set() == report.errors, report.text
    (one,) = report.value["findings"]
    assert ("http-status", ["routing/no-trailing-slash"]) == (one["law"], one["cases"])


@pytest.mark.parametrize("bug", ["cut", "busy-cut", "slow-cut"])
def test_another_path_that_is_executed_is_told_at_any_speed(tmp_path: Path, bug: str) -> None:
    """Whether the target takes its time, or fails as long as several requests are under way."""
    report = verified(tmp_path, "--only", "routing", "--operation", "makeModel", bug=bug)
    assert {("not-executed", "makeModel")} == report.errors, report.text
    assert {"routing/path-shorter"} == {
        case for one in report.value["findings"] if one["law"] == "not-executed" for case in one["cases"]
    }
