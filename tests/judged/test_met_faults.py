"""Faults of upstreams are played where they can be met, and once elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.idempotency.conftest import braces
from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

CALLS = {"prices": ["rates"], "taxes": ["rates"], "shelves": ["stock"], "offers": ["rates", "stock"]}
MANY = {
    **CALLS,
    "counts": ["stock"],
    "routes": ["depots"],
    "hours": ["depots"],
    "terms": ["stock"],
}
WORLD = "[world]\nupstream_timeout_ms = 400\n"
LEAST = 100
FAMILIES = {"502": "upstream-wrong", "503": "upstream-unreachable", "504": "upstream-timeout"}


def spec(calls: dict[str, list[str]]) -> dict[str, Any]:
    """Return the document: each operation declares answers for upstreams that fail, and none says which it calls."""

    def answers(name: str) -> dict[str, Any]:
        values = {"of": {"const": name}, **{each: {"type": "string", "minLength": 1} for each in calls[name]}}
        schema = {"type": "object", "required": [*values], "properties": values}
        failed = {status: {"description": "Failed.", "x-given": family} for status, family in FAMILIES.items()}
        return {"200": {"description": "Told.", "content": {"application/json": {"schema": schema}}}, **failed}

    value = {"type": "object", "required": ["value"], "properties": {"value": {"type": "string"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Agency", "version": "1"},
        "paths": {f"/{name}": {"get": {"operationId": name, "responses": answers(name)}} for name in calls},
        "components": {"schemas": {"Value": value}},
    }


def agency(folder: Path, *words: str, bug: str = "", calls: dict[str, list[str]] = CALLS) -> Report:
    """Return what a run says of a service."""
    names = {name: f"{{world.{name}}}" for each in calls.values() for name in each}
    tables = [f'[world.upstreams.{name}]\npath = "/{name}"\nanswer = "#/components/schemas/Value"\n' for name in names]
    env = {"BUG": bug, "TIMEOUT_MS": "{world.upstream_timeout_ms}"}
    env |= {"CALLS": braces(json.dumps(calls)), "UPSTREAMS": "".join(f"{name}={url} " for name, url in names.items())}
    project = Project(folder, "agency", spec(calls), env, WORLD + "".join(tables))
    return project.verified("--profile", "quick", "--max-examples", "1", *words)


def passed_over(report: Report) -> int:
    """Return how many faults were passed over, as a note says."""
    notes = [one for one in report.notes if "passed over" in one]
    return int(notes[0].split(" ")[0].replace(",", "")) if notes else 0


@pytest.mark.alone
def test_faults_are_played_where_they_are_met(tmp_path: Path) -> None:
    """Of all others, one of each family, and one line says which operations do without which upstreams."""
    report = agency(tmp_path)
    assert ("proven", set()) == (report.value["verdict"], report.errors), report.text
    assert passed_over(report) > LEAST
    (note,) = (one for one in report.notes if "passed over" in one)
    assert "rates by shelves; stock by prices, taxes; one of each family" in note


@pytest.mark.long
def test_most_faults_are_passed_over_where_each_operation_calls_one_of_many(tmp_path: Path) -> None:
    """Less than half of the exchanges are left, where eight operations call three upstreams."""
    report = agency(tmp_path, calls=MANY)
    assert ("proven", set()) == (report.value["verdict"], report.errors), report.text
    assert passed_over(report) > report.value["exchanges"] / 2


@pytest.mark.parametrize(("bug", "law"), [("swallowed", "family-status"), ("dies", "family-status")])
def test_what_is_wrong_where_one_operation_alone_calls_is_found(tmp_path: Path, bug: str, law: str) -> None:
    """Its faults are all played there."""
    report = agency(tmp_path, bug=bug, calls={"prices": ["rates"], "taxes": ["rates"], "shelves": ["stock"]})
    assert law in report.errors, report.text
    cases = {one["case"] for one in report.value["findings"] if one["severity"] == "error"}
    assert {"shelves"} == {case.partition("/")[2].partition(".")[0] for case in cases}, report.text


@pytest.mark.parametrize("bug", ["kept", "kept-when-asked"])
def test_states_that_nobody_meets_are_a_line_for_each_reason(tmp_path: Path, bug: str) -> None:
    """What an upstream has answered once is asked for no more: its faults are not proven, and nobody is accused."""
    report = agency(tmp_path, bug=bug, calls={"prices": ["rates"], "taxes": ["rates"]})
    assert set() == report.errors, report.text
    lines = [one for one in report.value["not_proven"] if "state" in one["what"]]
    assert all(one["what"].endswith(" states") for one in lines), report.text
    assert any(" more." in one["why"] for one in lines), report.text
    begun = [one["why"].partition(",")[0].partition(":")[0] for one in lines]
    assert ["The target never met them", "Not played"][: len(begun)] == begun, report.text
    assert passed_over(report), "what taxes never asks for is not played there"


def test_what_is_asked_for_by_name_is_played(tmp_path: Path) -> None:
    """Whoever names a case has a reason."""
    assert 0 == passed_over(agency(tmp_path, "--only", "upstream-wrong/shelves*rates*"))
