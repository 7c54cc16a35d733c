"""`x-transitions` of what a link alone leads to: the same answer has the id by which the object is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

_DONE = {"description": "Done.", "content": {"application/json": {"schema": {"type": "object"}}}}
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 40}}
_LINKS = {
    "show": {"operationId": "show", "parameters": {"id": "$response.body#/id"}},
    "pay": {"operationId": "pay", "requestBody": {"code": "$response.body#/code"}},
    "receipt": {"operationId": "receipt", "requestBody": {"id": "$response.body#/id"}},
}


def _body(name: str, schema: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": [name], "additionalProperties": False, "properties": {name: schema}}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Invoices", "version": "1"},
    "paths": {
        "/invoices": {
            "post": {
                "operationId": "make",
                "requestBody": _body("amount", {"type": "integer", "minimum": 1, "maximum": 99}),
                "x-transitions": {"to": False, "at": "/paid"},
                "responses": {"201": {**_DONE, "links": _LINKS}, "400": {"description": "Refused."}},
            }
        },
        "/invoices/{id}": {
            "parameters": [_ID],
            "get": {"operationId": "show", "responses": {"200": _DONE, "404": {"description": "There is none."}}},
        },
        "/payments": {
            "post": {
                "operationId": "pay",
                "requestBody": _body("code", {"type": "string", "maxLength": 400}),
                "x-transitions": {"from": [False], "to": True, "for": "/code", "others": 409},
                "responses": {
                    "201": _DONE,
                    "400": {"description": "Refused."},
                    "404": {"description": "There is none.", "x-given": {"family": "not-found", "for": "code"}},
                    "409": {"description": "It is paid."},
                },
            }
        },
    },
}


RECEIPTS = {
    "post": {
        "operationId": "receipt",
        "requestBody": _body("id", {"type": "string", "maxLength": 40}),
        "x-transitions": {"from": [True], "for": "/id", "others": 409},
        "responses": {
            "201": _DONE,
            "400": {"description": "Refused."},
            "404": {"description": "There is none."},
            "409": {"description": "It is not paid."},
        },
    }
}


@pytest.mark.parametrize(("bug", "found"), [("", set()), ("early", {"family-status"})])
def test_what_succeeds_in_a_later_state_alone_has_an_object_that_is_led_there(
    tmp_path: Path, bug: str, found: set[str]
) -> None:
    """No valid request of it is about a new object: it would be refused for its state, as the contract says."""
    spec: dict[str, Any] = {**SPEC, "paths": {**SPEC["paths"], "/receipts": RECEIPTS}}
    project = Project(tmp_path, "invoices", spec, {"BUG": bug}, top='operations = ["*"]')
    report = project.verified("--only", "success", "--only", "transitions", "--only", "wrong-state")
    assert found == report.errors, report.text
    assert bug or not report.not_proven, report.text


@pytest.mark.parametrize(
    ("bug", "found"),
    [
        ("", set()),
        ("twice", {("family-status", "wrong-state/pay.from-true")}),
        ("stays", {("leads-to-its-state", "transitions/pay.from-false")}),
        ("dearer", {("refused-changes-nothing", "wrong-state/pay.from-true")}),
    ],
)
def test_an_object_is_read_by_what_the_same_answer_links_to(
    tmp_path: Path, bug: str, found: set[tuple[str, str]]
) -> None:
    """A right target is accused of nothing, and a wrong one of what is wrong in it."""
    project = Project(tmp_path, "invoices", SPEC, {"BUG": bug}, top='operations = ["*"]')
    report = project.verified("--only", "transitions", "--only", "wrong-state", "--only", "success/usual")
    told = {(one["law"], one["case"]) for one in report.value["findings"] if one["severity"] == "error"}
    assert found <= told if found else found == told, report.text
    assert not [what for what in report.not_proven if "transitions" in what], report.text
