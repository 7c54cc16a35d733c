"""What an operation uses up is learnt from a success and a refusal: then each request has an object of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string"}


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": [*members], "properties": members}


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def spec_of() -> dict[str, Any]:
    """Return the document of a kiosk. It says nothing of what an ended checkout gets."""
    checkout = {"name": "checkoutId", "in": "path", "required": True, "schema": TEXT}
    completed = _object(id=TEXT, status={"const": "completed"}, receipt=TEXT)

    def one(name: str, schema: Any, status: str = "200", **more: Any) -> dict[str, Any]:
        refused = {"400": {"description": "Refused."}, "404": {"description": "Not there."}}
        return {
            "operationId": name,
            "responses": {status: {"description": "Done.", **_json(schema)}, **refused},
            **more,
        }

    return {
        "openapi": "3.1.0",
        "info": {"title": "Kiosk", "version": "1"},
        "paths": {
            "/checkouts": {
                "post": one(
                    "open",
                    _object(id=TEXT, status={"const": "open"}),
                    "201",
                    requestBody={"required": True, **_json(_object(item=TEXT))},
                )
            },
            "/checkouts/{checkoutId}": {"parameters": [checkout], "get": one("show", _object(id=TEXT, status=TEXT))},
            "/checkouts/{checkoutId}/complete": {"parameters": [checkout], "post": one("complete", completed)},
            "/checkouts/{checkoutId}/cancel": {
                "parameters": [checkout],
                "post": one("cancel", _object(id=TEXT, status={"const": "cancelled"})),
            },
        },
    }


def ordering() -> dict[str, Any]:
    """Return the document of a kiosk whose checkouts are named in the bodies of orders."""
    paths = spec_of()["paths"]
    opened = paths["/checkouts"]["post"]["responses"]["201"]
    opened["links"] = {"order": {"operationId": "order", "requestBody": {"checkoutId": "$response.body#/id"}}}
    order = {
        "operationId": "order",
        "requestBody": {"required": True, **_json(_object(checkoutId=TEXT))},
        "responses": {
            "201": {
                "description": "Ordered.",
                **_json(_object(id=TEXT, of={**TEXT, "x-from": "request.body#/checkoutId"})),
            },
            "400": {"description": "Refused."},
        },
    }
    return {**spec_of(), "paths": {"/checkouts": paths["/checkouts"], "/orders": {"post": order}}}


def paying() -> dict[str, Any]:
    """Return the document of a kiosk to which each request says how it is paid: most say what another has said."""
    spec = spec_of()
    payment = _object(payment={"enum": ["card", "cash"]}, note=TEXT)
    for name in ("complete", "cancel"):
        operation = spec["paths"][f"/checkouts/{{checkoutId}}/{name}"]["post"]
        operation["requestBody"] = {"required": True, **_json(payment)}
    return spec


def kiosk(folder: Path, bug: str = "", refusal: str = "409", spec: Any = None) -> Report:
    """Return what a run says of a kiosk with a bug."""
    project = Project(folder, "kiosk", spec or spec_of(), {"BUG": bug, "REFUSAL": refusal})
    return project.verified("--profile", "quick", "--max-examples", "12")


def seen(report: Report) -> dict[tuple[str, str], int]:
    """Return how often each status was answered, by the operation and the status."""
    return {(one["operation"], str(one["status"])): one["seen"] for one in report.value["answers"]}


@pytest.mark.parametrize("refusal", ["409", "422"])
def test_each_request_finds_an_open_checkout(tmp_path: Path, refusal: str) -> None:
    """Whatever an ended checkout gets, declared or not, accuses nobody; the run says what it has learnt."""
    report = kiosk(tmp_path, "", refusal)
    assert set() == report.errors, report.text
    undeclared = [one["summary"] for one in report.value["findings"] if one["law"] == "refused-undeclared"]
    assert [] == [summary for summary in undeclared if f"refused with {refusal}" in summary], report.text
    counts = seen(report)
    for name in ("complete", "cancel"):
        refused = counts.get((name, refusal), 0)
        assert refused * 20 <= counts[name, "200"], report.text
    complete, cancel = report.notes
    assert complete.startswith("complete uses up its object: after a success of it, ")
    assert complete.endswith("x-needs: {steps: [open]} on complete promises that")
    assert f"was answered {refusal}, and succeeded with an object of its own" in cancel


@pytest.mark.parametrize(("said", "found"), [({"x-given": "wrong-state"}, set()), ({}, {"family-status"})])
def test_a_server_error_is_a_refusal_where_the_contract_says_so(
    tmp_path: Path, said: dict[str, str], found: set[str]
) -> None:
    """Who is answered 520 about an ended checkout accuses nobody where that is the answer for it."""
    spec = spec_of()
    for name in ("complete", "cancel"):
        answers = spec["paths"][f"/checkouts/{{checkoutId}}/{name}"]["post"]["responses"]
        answers["520"] = {"description": "Ended, or something else is wrong.", **said}
    project = Project(tmp_path, "kiosk", spec, {"REFUSAL": "520"}, top='operations = ["*"]')
    report = project.verified("--profile", "quick", "--max-examples", "0")
    assert found == report.errors, report.text


@pytest.mark.parametrize("bug", ["completed", "cancelled"])
def test_what_each_gets_is_judged(tmp_path: Path, bug: str) -> None:
    """A wrong answer to what can succeed once is told, with its operation."""
    report = kiosk(tmp_path, bug)
    assert {"answer-schema"} == report.errors, report.text
    (found,) = (one for one in report.value["findings"] if one["severity"] == "error")
    assert {bug.replace("lled", "l").replace("ed", "e")} == {one["operation"] for one in found["instances"]}


def test_of_two_in_a_row_about_one_checkout_the_second_may_be_refused(tmp_path: Path) -> None:
    """Requests that are sent as one text are about one checkout, which the first of them has used up."""
    project = Project(tmp_path, "kiosk", ordering(), {})
    report = project.verified("--only", "framing/order.two-in-a-row", "--only", "success")
    assert ("proven", set()) == (report.value["verdict"], report.errors | report.warnings), report.text


def test_what_never_succeeds_uses_up_nothing(tmp_path: Path) -> None:
    """Where no checkout can be completed, that is not proven, and nothing is learnt of it."""
    report = kiosk(tmp_path, "never")
    assert set() == report.errors, report.text
    assert "success of complete" in report.not_proven
    (note,) = report.notes
    assert note.startswith("cancel uses up its object")


@pytest.mark.parametrize(("bug", "told"), [("", set()), ("ordered", {"answer-schema"})])
def test_what_a_body_names_is_used_up(tmp_path: Path, bug: str, told: set[str]) -> None:
    """Each order has a checkout of its own, once it was seen that one checkout is enough for one order."""
    report = kiosk(tmp_path, bug, spec=ordering())
    assert told == report.errors, report.text
    counts = seen(report)
    assert counts.get(("order", "422"), 0) * 20 <= counts["order", "201"], report.text
    (note,) = (note for note in report.notes if "uses up its object" in note)
    assert note.startswith(
        "order uses up its object: after a success of it, another valid request to it was answered 422"
    )


def test_values_that_come_again_are_no_reason(tmp_path: Path) -> None:
    """A request with a value that another one had is sent with another value, and then with an object of its own."""
    project = Project(tmp_path, "kiosk", paying(), {"REFUSAL": "422"})
    report = project.verified("--only", "success", "--only", "tracing-headers")
    assert ("proven", set()) == (report.value["verdict"], report.errors), report.text
    assert 2 == sum("uses up its object" in note for note in report.notes)
