"""A valid request with a value that is taken gets an error of the server: one error, which both requests show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import bothends
from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--profile", "quick", "--only", "success", "--only", "odd-media-types")


def tags(folder: Path, bug: str = "") -> Project:
    """Return tags with a bug."""
    text = {"type": "string", "minLength": 1, "maxLength": 40}
    tag = {
        "type": "object",
        "required": ["name"],
        "additionalProperties": False,
        "properties": {"name": {**text, "example": "text"}, "color": {**text, "example": "red"}},
    }
    refused = {"description": "Refused."}
    make = {
        "operationId": "make",
        "requestBody": {"required": True, "content": {"application/json": {"schema": tag}}},
        "responses": {
            "201": {"description": "Made."},
            "400": {"description": "Refused.", "x-given": "invalid-body"},
            **dict.fromkeys(("409", "415"), refused),
        },
    }
    spec = {"openapi": "3.1.0", "info": {"title": "Tags", "version": "1"}, "paths": {"/tags": {"post": make}}}
    return Project(folder, "tags", spec, {"BUG": bug})


def with_ids(folder: Path, bug: str = "") -> Project:
    """Return tags that are listed, a page at a time, and can be removed."""
    project = replace(tags(folder, bug), top='operations = ["make", "list", "remove"]')
    paths = project.spec["paths"]
    own = {"name": "tag", "in": "path", "required": True, "schema": {"type": "string"}}
    answers = {"200": {"description": "Done."}, "404": {"description": "Not there."}}
    paths["/tags"]["get"] = {"operationId": "list", "responses": {"200": {"description": "The tags."}}}
    paths["/tags/{tag}"] = {"delete": {"operationId": "remove", "parameters": [own], "responses": answers}}
    return project


def errors(report: Any) -> list[dict[str, Any]]:
    """Return the errors that are found."""
    return [one for one in report.value["findings"] if one["severity"] == "error"]


def test_a_taken_value_is_refused_rightly(tmp_path: Path) -> None:
    """Names are unique: 409 is an answer to that."""
    report = tags(tmp_path).verified(*ONLY)
    assert set() == report.errors, report.text


def test_an_error_for_a_taken_value_is_found_once_with_both_requests(tmp_path: Path) -> None:
    """In whichever families it shows; a replay shows it on a target that has just started."""
    report = tags(tmp_path, "taken").verified(*ONLY)
    (found,) = errors(report)
    assert "family-status" == found["law"], report.text
    assert found["summary"].startswith("The answer is 500 where a value is taken that must be unique, as it seems: /")
    assert "/name" in found["summary"]
    assert found["actual"].endswith(" has succeeded; 201 with another value"), found["actual"]
    assert 2 == sum(step["requests"] for step in found["history"])
    assert found["reproduced"], report.text
    assert 1 < len({case.partition("/")[0] for case in found["cases"]}), found["cases"]
    done = bothends(tmp_path, "replay", found["id"])
    assert 1 == done.returncode, done.stdout + done.stderr


def test_an_error_for_a_taken_value_is_none_of_slow_or_odd_requests(tmp_path: Path) -> None:
    """Clients that are slow, headers that are long and methods that are overridden have the same value."""
    report = tags(tmp_path, "taken").verified(
        "--profile", "quick", *ONLY[2:], "--only", "sizes", "--only", "slow-clients"
    )
    (found,) = report.value["findings"]
    assert "a value is taken" in found["summary"], report.text
    assert 4 == len({case.partition("/")[0] for case in found["cases"]}), found["cases"]


@pytest.mark.parametrize("bug", ["html", "html,taken"])
def test_what_fails_with_another_value_too_is_an_error_of_its_own(tmp_path: Path, bug: str) -> None:
    """Whoever asks for HTML gets it, whatever else is wrong."""
    report = tags(tmp_path, bug).verified(*ONLY)
    taken = [one for one in errors(report) if "a value is taken" in one["summary"]]
    (other,) = (one for one in errors(report) if one not in taken)
    assert ("taken" in bug) == len(taken), report.text
    assert ["odd-media-types/accept-html"] == other["cases"]
    assert [] == other["history"]


def test_a_value_that_fails_whoever_has_it_is_found_as_ever(tmp_path: Path) -> None:
    """A name of one character never succeeds: nobody has taken it."""
    report = tags(tmp_path, "short").verified(*ONLY)
    (found,) = errors(report)
    assert "The answer is 500, not 201 (a valid request)." == found["summary"], report.text


def test_an_error_for_each_request_is_found_as_ever(tmp_path: Path) -> None:
    """No value was ever accepted."""
    report = tags(tmp_path, "each").verified(*ONLY)
    assert "family-status" in report.errors, report.text
    assert "a value is taken" not in report.text


def test_an_object_is_made_though_the_target_fails_for_the_usual_name(tmp_path: Path) -> None:
    """It is there already: with another name, there is one to remove."""
    report = with_ids(tmp_path, "there,taken").verified("--profile", "quick", "--only", "success")
    assert {"family-status"} == report.errors, report.text
    assert [] == [what for what in report.not_proven if "remove" in what], report.text
    (removed,) = (one for one in report.value["answers"] if (one["operation"], one["status"]) == ("remove", "200"))
    assert removed["seen"], report.text


def test_a_list_gives_no_object_to_remove(tmp_path: Path) -> None:
    """What is there may be somebody's: that none could be made is why an id is made up."""
    report = with_ids(tmp_path, "each").verified("--profile", "quick", "--only", "success")
    assert "no request to make that was to give one succeeded" in report.not_proven["made-up id of remove"], report.text
