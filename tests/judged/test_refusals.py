"""What is refused for what there is, and what there is not: each is tried, and judged where an `x-given` says how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string"}
FAMILIES = ("success", "not-found", "conflict", "wrong-state", "precondition-failed")
HOOKS = '[world.ingests.hooks]\nkind = "webhook"'


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": [*members], "properties": members}


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


PARCEL = _object(id=TEXT, label=TEXT, note=TEXT, status=TEXT)
LABEL = {"required": True, **_json(_object(label=TEXT))}
NOTE = {"required": True, **_json(_object(note=TEXT))}
GIVEN: dict[str, dict[str, Any]] = {
    "makeParcel": {"409": "conflict"},
    "showParcel": {"404": "not-found"},
    "changeParcel": {"404": "not-found", "412": "precondition-failed", "428": "precondition-failed"},
    "removeParcel": {"404": ["not-found", "wrong-state"]},
    "sendParcel": {"400": "invalid-body", "404": "not-found", "409": "wrong-state"},
    "notify": {"422": {"family": "not-found", "for": "parcelId"}},
}
"""What says which answers are for what there is not, by the operation and the status."""


def spec_of(given: dict[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the document of a depot."""
    tag = {"parcelId": "$request.path.parcelId", "If-Match": "$response.header.ETag"}
    shown = {"description": "It.", "headers": {"ETag": {"schema": TEXT}}, **_json(PARCEL)}
    links = {"links": {"change": {"operationId": "changeParcel", "parameters": tag}}}
    parcel = {"name": "parcelId", "in": "path", "required": True, "schema": TEXT}
    notice = {"operationId": "notify", "requestBody": {"parcelId": "$response.body#/id"}}
    event = _object(notice={**TEXT, "x-from": "answer.body#/id"}, parcel=TEXT)
    callback = {
        "x-when": True,
        "x-delivery": "acknowledged",
        "requestBody": _json(event),
        "responses": {"200": {"description": "Taken."}},
    }

    def one(name: str, *refused: str, success: dict[str, Any], **more: Any) -> dict[str, Any]:
        said = {} if given is None else given.get(name, {})
        refusals = {
            status: {"description": "Refused.", **({"x-given": said[status]} if status in said else {})}
            for status in refused
        }
        return {"operationId": name, "responses": {**success, **refusals}, **more}

    if_match = {"name": "If-Match", "in": "header", "schema": TEXT}
    make = one("makeParcel", "400", "409", success={"201": {**shown, "links": {"notify": notice}}}, requestBody=LABEL)
    change = one(
        "changeParcel",
        *("400", "403", "404", "409", "412", "428"),
        success={"200": shown},
        parameters=[if_match],
        requestBody=NOTE,
    )
    told = {"201": {"description": "Told.", **_json(_object(id=TEXT, parcelId=TEXT))}}
    paths = {
        "/parcels": {"post": make},
        "/parcels/{parcelId}": {
            "parameters": [parcel],
            "get": one("showParcel", "400", "403", "404", success={"200": {**shown, **links}}),
            "put": change,
            "delete": one("removeParcel", "400", "403", "404", success={"204": {"description": "Gone."}}),
        },
        "/parcels/{parcelId}/send": {
            "parameters": [parcel],
            "post": one("sendParcel", "400", "403", "404", "409", success={"200": shown}),
        },
        "/notices": {
            "post": one(
                "notify",
                *("400", "422"),
                success=told,
                requestBody={"required": True, **_json(_object(parcelId=TEXT))},
                callbacks={"told": {"{hooks}/notices": {"post": callback}}},
            )
        },
    }
    return {"openapi": "3.1.0", "info": {"title": "Depot", "version": "1"}, "paths": paths}


def depot(folder: Path, bug: str = "", like: str = "", spec: Any = None, operation: str = "", *only: str) -> Report:
    """Return what a run of some families says of a depot.

    Args:
        folder: Where its contract is written.
        bug: What is wrong with it.
        like: Which right target it is.
        spec: Its document; None: that with each `x-given`.
        operation: The operation under test beside those that make and show its object; empty: all.
        only: The families; none: all.
    """
    env = {"BUG": bug, "LIKE": like, "HOOK": "{world.hooks}/notices"}
    spec = spec or spec_of(GIVEN)
    project = Project(folder, "depot", spec, env, HOOKS, 'operations = ["*"]')
    families = [each for each in FAMILIES if each != "conflict" or "conflict" in str(spec)]
    chosen = [word for family in only or families for word in ("--only", family)]
    names = dict.fromkeys(("makeParcel", "showParcel", operation)) if operation else ()
    return project.verified(*chosen, *(word for name in names for word in ("--operation", name)))


def without(name: str, status: str) -> dict[str, Any]:
    """Return the document without one `x-given`."""
    given = {
        each: {one: said for one, said in of.items() if (each, one) != (name, status)} for each, of in GIVEN.items()
    }
    return spec_of(given)


def test_a_target_that_keeps_all_is_proven(tmp_path: Path) -> None:
    """Each family has its cases, and each answer that says what leads to it is seen."""
    report = depot(tmp_path)
    assert (set(), set()) == (report.errors, report.warnings), report.text
    assert {"cases of makeParcel"} == set(report.not_proven), report.text  # two texts are the same label
    assert {"404", "409", "412", "422", "428"} <= {str(one["status"]) for one in report.value["answers"] if one["seen"]}


@pytest.mark.parametrize("like", ["again", "hashed", "kept", "tag-first", "hidden", "expires"])
def test_right_targets_differ(tmp_path: Path, like: str) -> None:
    """Without `x-given`, none of them is told of: what a target answers to what is not there is its own."""
    report = depot(tmp_path, like=like, spec=spec_of())
    assert set() == report.errors, report.text


@pytest.mark.parametrize("given", [{"403": "forbidden"}, {"403": "forbidden", "404": "not-found"}])
def test_what_nobody_may_see_is_forbidden(tmp_path: Path, given: dict[str, Any]) -> None:
    """A target need not tell a caller who may not see a parcel whether there is one."""
    spec = spec_of({"showParcel": given})
    report = depot(tmp_path, "", "hidden", spec, "showParcel", "success", "not-found")
    assert set() == report.errors, report.text


@pytest.mark.parametrize(
    ("like", "lacks"),
    [("kept", None), ("tag-first", None), ("expires", None), ("again", "removeParcel"), ("hashed", "makeParcel")],
)
def test_what_is_declared_leaves_room(tmp_path: Path, like: str, lacks: str | None) -> None:
    """With `x-given`, a target may keep its tag where nothing changes, and look at a condition first."""
    given = {name: said for name, said in GIVEN.items() if name != lacks}
    report = depot(tmp_path, like=like, spec=spec_of(given))
    assert set() == report.errors, report.text


WRONG = {
    "unknown-is-there": ("showParcel", "404", "not-found/showParcel.parcelId"),
    "unknown-is-400": ("showParcel", "404", "not-found/showParcel.parcelId"),
    "unknown-is-taken": ("notify", "422", "not-found/notify.parcelId"),
    "taken-twice": ("makeParcel", "409", "conflict/makeParcel.same-values"),
    "taken-is-400": ("makeParcel", "409", "conflict/makeParcel.same-values"),
    "any-tag": ("changeParcel", "412", "precondition-failed/changeParcel.if-match-another-tag"),
    "stale-is-taken": ("changeParcel", "412", "precondition-failed/changeParcel.if-match-its-tag-of-before"),
    "stale-is-409": ("changeParcel", "412", "precondition-failed/changeParcel.if-match-another-tag"),
    "no-lists": ("changeParcel", "412", "precondition-failed/changeParcel.if-match-among-others"),
    "no-star": ("changeParcel", "412", "precondition-failed/changeParcel.if-match-any-tag"),
    "needs-no-tag": ("changeParcel", "428", "precondition-failed/changeParcel.without-if-match"),
    "sent-is-400": ("sendParcel", "409", "wrong-state/sendParcel.after-sendParcel"),
}
"""What is wrong: by the bug, the operation and the status whose `x-given` tells it, and the case that shows it."""


@pytest.mark.parametrize("bug", WRONG)
def test_what_is_wrong_is_told_once_it_is_declared(tmp_path: Path, bug: str) -> None:
    """The finding names the case."""
    operation, _, case = WRONG[bug]
    report = depot(tmp_path, bug, "", None, operation, "success", case.partition("/")[0])
    assert {"family-status"} <= report.errors, report.text
    found = {name for one in report.value["findings"] if one["severity"] == "error" for name in one["cases"]}
    assert case in found, report.text


@pytest.mark.parametrize("bug", ["unknown-is-there", "unknown-is-taken", "stale-is-taken", "no-lists", "needs-no-tag"])
def test_what_is_not_declared_accuses_nobody(tmp_path: Path, bug: str) -> None:
    """Without its `x-given`, the same target has no finding of that case."""
    operation, status, case = WRONG[bug]
    report = depot(tmp_path, bug, "", without(operation, status), operation, "success", case.partition("/")[0])
    found = {name for one in report.value["findings"] if one["severity"] == "error" for name in one["cases"]}
    assert case not in found, report.text


def test_a_weak_tag_is_a_warning(tmp_path: Path) -> None:
    """RFC 9110 has it that it matches none; what compresses answers makes tags weak."""
    report = depot(tmp_path, "weak", "", None, "changeParcel", "success", "precondition-failed")
    assert set() == report.errors, report.text
    assert report.warnings, report.text


def test_an_event_of_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A refused request has no event, whether it is said how it is refused or not."""
    for number, spec in enumerate((spec_of(GIVEN), spec_of())):
        report = depot(tmp_path / str(number), "unknown-has-an-event", "", spec, "notify", "success", "not-found")
        assert {"no-event-without-success"} == report.errors, report.text


def test_a_crash_for_what_is_gone_is_told(tmp_path: Path) -> None:
    """What was there and was removed is another thing than what never was; a server error is right for neither."""
    report = depot(tmp_path, "gone-crashes", "", spec_of(), "removeParcel", "success", "wrong-state")
    found = {one["case"] for one in report.value["findings"] if one["severity"] == "error"}
    assert any(case.startswith("wrong-state/") and case.endswith("after-removeParcel") for case in found), report.text
