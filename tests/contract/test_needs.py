"""`x-needs`: what it may say, where it may stand, and what its steps send."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import load
from bothends.contract.requests import Step
from bothends.errors import ContractError
from bothends.records import MISSING, Request

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

DONE = {"200": {"description": "Done."}}
MADE = {"201": {"description": "Made."}}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def contract(
    folder: Path, needs: Any, *, of_step: Any = None, at: str = "complete", of_parameter: Any = None
) -> Contract:
    """Return the contract of checkouts that are completed, and what that needs."""
    query = {"name": "lang", "in": "query", "schema": {"type": "string"}}
    operations: dict[str, Any] = {
        "open": {"operationId": "open", "responses": MADE},
        "show": {"operationId": "show", "parameters": [ID], "responses": DONE},
        "change": {"operationId": "change", "parameters": [ID, query], "responses": DONE},
        "complete": {"operationId": "complete", "parameters": [ID], "responses": DONE},
    }
    if needs is not None:
        operations[at]["x-needs"] = needs
    if of_step is not None:
        operations["change"]["x-needs"] = of_step
    paths = {
        "/checkouts": {"post": operations["open"]},
        "/checkouts/{id}": {"get": operations["show"], "put": operations["change"]},
        "/checkouts/{id}/complete": {"post": operations["complete"]},
    }
    document = {"openapi": "3.1.0", "info": {"title": "Checkouts", "version": "1"}, "paths": paths}
    if of_parameter is not None:
        document["components"] = {"parameters": {"id": {**ID, "x-needs": of_parameter}}}
        for name in ("show", "change", "complete"):
            operations[name]["parameters"][0] = {"$ref": "#/components/parameters/id"}
    (folder / "openapi.json").write_text(json.dumps(document), "utf-8")
    (folder / "bothends.toml").write_text('spec = "openapi.json"\n', "utf-8")
    return load(folder / "bothends.toml")


def test_what_it_says(tmp_path: Path) -> None:
    """Its steps with their values, what is ready, and which place has the id."""
    change = {"operation": "change", "body": {"to": "NL"}, "parameters": {"Lang": True}}
    (needs,) = (
        contract(tmp_path, {"steps": ["open", change], "ready": {"at": "/status", "is": "ready"}})
        .operation("complete")
        .needs
    )
    assert (Step("open"), Step("change", {"to": "NL"}, {("query", "Lang"): "true"})) == needs.steps
    assert ("/checkouts/{}", False, True) == (needs.leads, needs.steps[0].has_values, needs.steps[1].has_values)
    assert "" == needs.lacks({"status": "ready"})
    assert "open at /status, and not ready" == needs.lacks({"status": "open"})
    assert "nothing at /status, and not ready" == needs.lacks(MISSING)


@pytest.mark.parametrize(
    ("needs", "problem", "expected"),
    [
        ({"steps": ["opn"]}, "names the operation 'opn', which is not under test", "change"),
        ({"steps": ["open", "complete"]}, "leads back to it: complete needs it, or is it", ""),
        ({"steps": ["change"]}, "The first step, change, gives no value of 'id'", "open"),
        ({"steps": ["show"]}, "The first step, show, gives no value of 'id'", "open"),
        ({"steps": ["open"], "for": "cart"}, "No answer gives complete a value of 'cart'", "for: id"),
        ({"steps": [{"operation": "open", "parameters": {"x": 1}}]}, "open has no parameter 'x'", ""),
        ({"steps": []}, "x-needs is wrong", "steps"),
        ({"step": ["open"]}, "x-needs has no key 'step' here", "steps"),
        (["open"], "x-needs is wrong", "steps"),
    ],
)
def test_what_is_wrong(tmp_path: Path, needs: Any, problem: str, expected: str) -> None:
    """The error says what it is, where, and what would be right."""
    with pytest.raises(ContractError) as told:
        contract(tmp_path, needs)
    assert problem in told.value.problem
    assert expected in (told.value.expected or "")
    assert "/x-needs" in str(told.value.where)


def test_it_may_stand_on_a_parameter(tmp_path: Path) -> None:
    """Each operation that has the parameter needs the steps; one of them needs those before it."""
    said = {"steps": ["open", "change"], "ready": {"at": "/status", "is": "ready"}}
    found = contract(tmp_path, None, of_parameter=said)
    steps = {each.id: [[step.operation for step in one.steps] for one in each.needs] for each in found.operations}
    assert {"open": [], "show": [["open", "change"]], "change": [["open"]], "complete": [["open", "change"]]} == steps
    assert [("/status", "/checkouts/{}")] == [(one.at, one.leads) for one in found.operation("complete").needs]
    assert [None] == [one.at for one in found.operation("change").needs]


def test_an_operation_says_more_than_its_parameter(tmp_path: Path) -> None:
    """What stands on the operation is what holds of the same object there."""
    found = contract(tmp_path, {"steps": ["open"]}, of_parameter={"steps": ["open", "change"]})
    assert [["open"]] == [[step.operation for step in one.steps] for one in found.operation("complete").needs]


@pytest.mark.parametrize(
    ("needs", "problem"),
    [
        ({"steps": ["open"], "for": "id"}, "x-needs on the parameter 'id' is for that parameter."),
        ({"steps": ["opn"]}, "names the operation 'opn', which is not under test"),
        ({"steps": []}, "x-needs is wrong"),
    ],
)
def test_what_is_wrong_on_a_parameter(tmp_path: Path, needs: Any, problem: str) -> None:
    """The error says so, where the parameter stands."""
    with pytest.raises(ContractError) as told:
        contract(tmp_path, None, of_parameter=needs)
    assert problem in told.value.problem
    assert "/components/parameters/id/x-needs" in str(told.value.where)


def test_needs_that_lead_back(tmp_path: Path) -> None:
    """An operation that a step needs is needed as well."""
    with pytest.raises(ContractError) as told:
        contract(tmp_path, {"steps": ["open", "change"]}, of_step={"steps": ["open", "complete"]})
    assert "leads back to it" in told.value.problem


@pytest.mark.parametrize(
    ("step", "request_of", "sent"),
    [
        (
            Step("x", {"a": {"b": 2}}),
            Request("POST", "/x", (("Content-Type", "application/json"),), b'{"a": {"b": 1, "c": 1}, "d": 1}'),
            Request("POST", "/x", (("Content-Type", "application/json"),), b'{"a": {"b": 2, "c": 1}, "d": 1}'),
        ),
        (
            Step("x", [1]),
            Request("POST", "/x"),
            Request("POST", "/x", (("Content-Type", "application/json"),), b"[1]"),
        ),
        (
            Step("x", MISSING, {("query", "lang"): "a b", ("header", "X-Y"): "z", ("path", "id"): "7"}),
            Request("POST", "/x/1?all=1"),
            Request("POST", "/x/7?all=1&lang=a+b", (("X-Y", "z"),)),
        ),
        (
            Step("x", MISSING, {("query", "lang"): "nl"}),
            Request("POST", "/x/1?lang=en"),
            Request("POST", "/x/1?lang=nl"),
        ),
    ],
    ids=["members", "another body", "parameters", "in place of one"],
)
def test_what_a_step_sends(step: Step, request_of: Request, sent: Request) -> None:
    """Its values stand beside those of the usual request, or in place of them."""
    assert sent == step.applied(request_of, "/x/{id}" if "id" in str(step) or "/1" in request_of.target else "/x")


def test_it_stands_on_an_operation_or_a_parameter(tmp_path: Path) -> None:
    """Elsewhere nothing would read it."""
    document = {"openapi": "3.1.0", "info": {"title": "x", "version": "1", "x-needs": {}}, "paths": {}}
    document["paths"] = {"/x": {"x-needs": {"steps": ["a"]}, "get": {"responses": DONE}}}
    (tmp_path / "openapi.json").write_text(json.dumps(document), "utf-8")
    (tmp_path / "bothends.toml").write_text('spec = "openapi.json"\n', "utf-8")
    with pytest.raises(ContractError) as told:
        load(tmp_path / "bothends.toml")
    assert "x-needs has no meaning here." == told.value.problem
