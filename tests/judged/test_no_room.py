"""Accounts that have room for few: what is declared may come, and what is refused from the start is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string", "minLength": 1, "maxLength": 40}
SETTINGS = """
[world.ingests.hooks]
kind = "webhook"
[world.session]
kind = "static"
callers = [{headers = {X-Key = "alice"}}, {headers = {X-Key = "bob"}}]
wrong = [{headers = {X-Key = "nobody"}}]
"""
FAMILIES = {"400": "malformed-body", "401": "signed-out", "415": "unsupported-media-type", "422": "invalid-body"}


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(members), "properties": members}


def spec_of(full: str, given: Any = None, *, removes: bool = False) -> dict[str, Any]:
    """Return the document of notes.

    Args:
        full: What is declared beside the answers that have an `x-given`; empty: nothing.
        given: Its `x-given`; None: it has none.
        removes: Whether a note can be removed.
    """
    told = _object(id={"type": "string", "x-from": "answer.body#/id"}, text={"x-from": "request.body#/text"})
    taken = {"200": {"description": "Taken."}}
    callback = {"x-when": True, "x-delivery": "acknowledged", "requestBody": _json(told), "responses": taken}
    answers: dict[str, Any] = {"201": {"description": "It.", **_json(_object(id={"type": "string"}, text=TEXT))}}
    answers |= {status: {"description": "Refused.", "x-given": family} for status, family in FAMILIES.items()}
    answers["502"] = {"description": "Not told.", "x-given": "upstream-wrong"}
    if full:
        answers[full] = {"description": "Refused.", **({} if given is None else {"x-given": given})}
    make = {
        "operationId": "note",
        "requestBody": {"required": True, **_json(_object(text=TEXT))},
        "responses": answers,
        "callbacks": {"noted": {"{hooks}/noted": {"post": callback}}},
    }
    paths: dict[str, Any] = {"/notes": {"post": make}}
    if removes:
        where = {"name": "noteId", "in": "path", "required": True, "schema": {"type": "string"}}
        gone = {"204": {"description": "Gone."}, "404": {"description": "None."}, "401": {"description": "Who?"}}
        paths["/notes/{noteId}"] = {"parameters": [where], "delete": {"operationId": "drop", "responses": gone}}
    key = {"type": "apiKey", "in": "header", "name": "X-Key"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1"},
        "paths": paths,
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": key}},
    }


def notes(folder: Path, spec: dict[str, Any], *words: str, **env: str) -> Report:
    """Return what a run says of notes."""
    project = Project(folder, "quotas", spec, {"HOOK": "{world.hooks}/noted", **env}, SETTINGS)
    return project.verified("--profile", "quick", "--max-examples", "8", *words)


USUAL = ("success", "coverage", "invalid-body")
FAULTY = (*USUAL, "upstream-wrong", "crowd")


def only(*families: str) -> list[str]:
    """Return the words of a command that plays some families."""
    return [word for family in families for word in ("--only", family)]


_LONG = pytest.mark.long


@pytest.mark.parametrize("status", ["403", "422", pytest.param("402", marks=_LONG), pytest.param("409", marks=_LONG)])
def test_a_quota_is_not_proven(tmp_path: Path, status: str) -> None:
    """After ten notes, each request is refused with what is declared: that is told with numbers, and is no error."""
    spec = spec_of("" if status == "422" else status)
    if status == "422":
        del spec["paths"]["/notes"]["post"]["responses"]["422"]["x-given"]
    report = notes(tmp_path, spec, *only(*USUAL), MOST="10", FULL=status)
    assert set() == report.errors | report.warnings, report.text
    assert f"requests were answered {status} after 10 had succeeded" in report.not_proven["room of note"], report.text


@pytest.mark.parametrize(
    "env",
    [
        {"FIRST": "yes"},
        pytest.param({"EACH": "caller"}, marks=_LONG),
        {"FREES": "0.5"},
        pytest.param({"STOPS": "30", "MOST": "inf"}, marks=_LONG),
    ],
    ids=["before the body is read", "each caller", "for a while", "after so many"],
)
def test_however_an_account_is_full(tmp_path: Path, env: dict[str, str]) -> None:
    """What is said first, whose the account is, and whether there is room again later, is the service's to say."""
    report = notes(tmp_path, spec_of("403"), *only(*FAULTY), **{"MOST": "10"} | env)
    assert set() == report.errors | report.warnings, report.text
    assert "room of note" in report.not_proven, report.text


@pytest.mark.parametrize(
    ("bug", "status", "given"), [("short", "403", None), ("short", "409", "quota"), ("told", "409", None)]
)
def test_what_is_refused_for_itself_is_an_error(tmp_path: Path, bug: str, status: str, given: str | None) -> None:
    """A valid request that is refused while usual ones succeed is an error that shows each time."""
    report = notes(tmp_path, spec_of(status, given), *only("success", "upstream-wrong"), BUG=bug, FULL=status)
    assert {"family-status"} == report.errors, report.text
    (found,) = (one for one in report.value["findings"] if one["severity"] == "error")
    assert found["reproduced"] is True, report.text
    assert "room of note" not in report.not_proven, report.text


def test_a_caller_who_is_refused_from_the_start_is_an_error(tmp_path: Path) -> None:
    """What has succeeded for one caller still does, and for the other one it never has."""
    report = notes(tmp_path, spec_of("409"), *only(*USUAL), BUG="bob", FULL="409")
    assert {"family-status"} == report.errors, report.text


def test_what_is_not_declared_is_an_error(tmp_path: Path) -> None:
    """A quota that the contract does not declare accuses the target."""
    report = notes(tmp_path, spec_of(""), *only("success"), MOST="3")
    assert {"family-status"} == report.errors, report.text


def test_what_is_said_for_another_reason_is_an_error(tmp_path: Path) -> None:
    """Where an `x-given` says what leads to the answer, nothing else does."""
    report = notes(tmp_path, spec_of("409", "conflict"), *only("success"), MOST="3", FULL="409")
    assert {"family-status"} == report.errors, report.text


@pytest.mark.parametrize("given", ["quota", ["conflict", "quota"]])
def test_a_quota_that_the_contract_tells_of(tmp_path: Path, given: Any) -> None:
    """`x-given: quota` says that there may be no room for more, whatever else leads to the same answer."""
    report = notes(tmp_path, spec_of("409", given), *only("success"), MOST="10", FULL="409")
    assert set() == report.errors | report.warnings, report.text
    assert "There was no room for more, as the contract says" in report.not_proven["room of note"], report.text


def test_a_quota_that_each_case_got_over_is_right(tmp_path: Path) -> None:
    """Where there is room again soon, each case is judged, and what the contract tells of is no omission."""
    report = notes(tmp_path, spec_of("409", "quota"), *only("success"), MOST="10", FULL="409", FREES="0.2")
    assert set() == report.errors | report.warnings, report.text
    assert "room of note" not in report.not_proven, report.text


def test_what_is_refused_now_and_then_is_told(tmp_path: Path) -> None:
    """A declared refusal of every fifth request accuses nobody, and the run proves nothing of it."""
    report = notes(tmp_path, spec_of("409"), *only(*USUAL), BUG="fifth", FULL="409")
    assert set() == report.errors, report.text
    assert "room of note" in report.not_proven, report.text
