"""A target that is started anew within a run has forgotten what it had: nobody holds that against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project
from tests.judged.things import shelf

if TYPE_CHECKING:
    from pathlib import Path

    from tests.judged.project import Report

FAULTS = "upstream-wrong/*house-answers-40*"
"""As many of them as are played side by side."""


def booking(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return an operation that books what a name stands for."""
    body = {"type": "object", "required": ["name"], "additionalProperties": False, "properties": {"name": schema}}
    refused = {"description": "Refused."}
    answers: dict[str, Any] = {
        "201": {"description": "Booked."},
        "400": {"description": "Refused.", "x-given": "invalid-body"},
        "502": {"description": "The house is closed.", "x-given": "upstream-wrong"},
        **dict.fromkeys(("409", "415", "503"), refused),
    }
    content = {"application/json": {"schema": body}}
    return {"operationId": name, "requestBody": {"required": True, "content": content}, "responses": answers}


def bookings(folder: Path) -> Project:
    """Return the bookings."""
    free = {"type": "string", "minLength": 1, "maxLength": 40}
    house = {"type": "object", "required": ["open"], "properties": {"open": {"type": "boolean"}}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Bookings", "version": "1"},
        "paths": {
            "/rooms": {"post": booking("bookRoom", free)},
            "/plans": {"post": booking("bookPlan", {"const": "whole"})},
        },
        "components": {"schemas": {"House": house}},
    }
    world = '[world.upstreams.house]\npath = "/house"\nanswer = "#/components/schemas/House"'
    return Project(folder, "bookings", spec, {"HOUSE": "{world.house}"}, world)


def booked_plans(report: Report) -> list[int]:
    """Return how often the whole plan was booked."""
    answers = report.value["answers"]
    return [one["seen"] for one in answers if (one["operation"], one["status"]) == ("bookPlan", "201")]


def test_what_was_booked_before_a_start_is_no_second_booking(tmp_path: Path) -> None:
    """Faults side by side open its circuit breaker, so it is started anew: then there is one whole plan once more."""
    report = bookings(tmp_path).verified("--profile", "quick", "--only", FAULTS, "--only", "success")
    assert set() == report.errors, report.text
    assert "only beside other faults" in report.not_proven
    assert [2] == booked_plans(report)


def test_what_ends_it_is_not_why_others_have_no_object(tmp_path: Path) -> None:
    """Two cases end the target, so the rest of their family is left out; what makes things for others is not."""
    asked = ("--only", "success", "--only", "odd-headers", "--operation", "make", "--operation", "change")
    report = shelf(tmp_path, "ending").verified(*asked)
    assert {"recovers"} == report.errors, report.text
    assert any("of success of make" in what for what in report.not_proven), report.text
    assert {"200"} == {one["status"] for one in report.value["answers"] if one["operation"] == "change"}, report.text
    (promised,) = {one["expected"] for one in report.value["findings"] if one["law"] == "recovers"}
    assert "a success, because the request before it is over" == promised
