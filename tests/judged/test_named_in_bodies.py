"""A link may give what the request of its operation has named: the name of an object that the caller has chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string"}
HOOKS = '[world.ingests.hooks]\nkind = "webhook"'


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": [*members], "properties": members}


def _json(schema: Any) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def spec_of(*, linked: bool = True, declared: bool = True) -> dict[str, Any]:
    """Return the document of ribbons.

    Args:
        linked: Whether a link says that a ribbon is taken off by the name under which it was tied.
        declared: Whether it says what is answered for a name that no ribbon has.
    """

    def event(what: str) -> dict[str, Any]:
        body = _object(what={"const": what}, name={**TEXT, "x-from": "request.body#/name"})
        callback = {
            "x-when": True,
            "x-delivery": "acknowledged",
            "requestBody": _json(body),
            "responses": {"200": {"description": "Taken."}},
        }
        return {what: {"{hooks}/ribbons": {"post": callback}}}

    link = {"it": {"operationId": "untie", "requestBody": {"name": "$request.body#/name"}}}
    refused = {"400": {"description": "Refused.", "x-given": "invalid-body"}}
    absent = {"description": "Not there.", **({"x-given": "not-found"} if declared else {})}
    tie = {"200": {"description": "Tied.", **({"links": link} if linked else {})}, **refused}
    untie = {"200": {"description": "Taken off."}, "404": absent, **refused}
    paths = {
        "/ribbons": {
            "post": {
                "operationId": "tie",
                "requestBody": _json(_object(name=TEXT, colour=TEXT)),
                "responses": tie,
                "callbacks": event("tied"),
            }
        },
        "/ribbons/untie": {
            "post": {
                "operationId": "untie",
                "requestBody": _json(_object(name=TEXT)),
                "responses": untie,
                "callbacks": event("untied"),
            }
        },
    }
    return {"openapi": "3.1.0", "info": {"title": "Ribbons", "version": "1"}, "paths": paths}


def ribbons(folder: Path, bug: str = "", *, declared: bool = True, seed: int = 1) -> Report:
    """Return what a run of some families says of ribbons."""
    project = Project(
        folder, "ribbons", spec_of(declared=declared), {"BUG": bug, "HOOK": "{world.hooks}/ribbons"}, HOOKS
    )
    families = ("success", "not-found")
    return project.verified(*(word for family in families for word in ("--only", family)), seed=seed)


@pytest.mark.parametrize("declared", [True, False])
def test_what_callers_have_named_is_found(tmp_path: Path, declared: bool) -> None:  # noqa: FBT001 -- a case
    """A ribbon is taken off by the name of one that was tied for that; one that is not there is refused."""
    report = ribbons(tmp_path, declared=declared)
    assert (set(), set()) == (report.errors, report.warnings), report.text
    assert "proven" == report.value["verdict"], report.text
    seen = {(one["operation"], str(one["status"])): one["seen"] for one in report.value["answers"]}
    assert seen["untie", "200"] > seen["untie", "404"], seen


@pytest.mark.parametrize(("bug", "law"), [("taken-off", "family-status"), ("event", "no-event-without-success")])
def test_an_event_of_what_nobody_has_named_is_an_error(tmp_path: Path, bug: str, law: str) -> None:
    """What is answered for a name that no ribbon has is said by the contract; no such request has an event."""
    report = ribbons(tmp_path, bug)
    assert {law} == report.errors, report.text
    found = {name for one in report.value["findings"] if one["severity"] == "error" for name in one["cases"]}
    assert "not-found/untie.name" in found, report.text


def test_a_success_for_what_nobody_has_named_may_be_right(tmp_path: Path) -> None:
    """Where the contract does not say how it is answered, it may be answered as if it had been there."""
    report = ribbons(tmp_path, "taken-off", declared=False)
    assert set() == report.errors, report.text
