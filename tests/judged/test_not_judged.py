"""What had a case, and could not be judged or played, is said with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.orders import orders
from tests.judged.project import Project
from tests.judged.test_no_refusal_declared import stock

if TYPE_CHECKING:
    from pathlib import Path

LAW = "law answer-provenance"


def with_item(folder: Path, **env: str) -> Project:
    """Return a service whose answer may name the item of the order."""
    project = stock(folder, "400", **env)
    item = {"type": "object", "properties": {"item": {"type": "string", "x-from": "request.body#/item"}}}
    answer = project.spec["paths"]["/orders"]["post"]["responses"]["200"]
    answer["content"] = {"application/json": {"schema": item}}
    return project


def test_a_law_that_has_judged(tmp_path: Path) -> None:
    """An answer with a value that must come from the request is compared, and nothing is to be said."""
    report = with_item(tmp_path, ANSWERS="item").verified("--only", "success")
    assert (set(), False) == (report.errors, LAW in report.not_proven), report.text


def test_a_law_with_cases_and_nothing_to_judge(tmp_path: Path) -> None:
    """Answers that leave the value out are right, and prove nothing: the law is named with the reason."""
    report = with_item(tmp_path).verified("--only", "success")
    assert (4, set()) == (report.code, report.errors)
    assert "had nothing to judge: no answer had a value that has an `x-from`." in report.not_proven[LAW]


def test_a_law_whose_cases_broke_it(tmp_path: Path) -> None:
    """A wrong value is an error, as ever."""
    report = with_item(tmp_path, ANSWERS="another").verified("--only", "success")
    assert ({"answer-provenance"}, False) == (report.errors, LAW in report.not_proven), report.text


def notified(folder: Path, when: dict[str, Any], example: dict[str, Any]) -> Project:
    """Return a service whose event is owed on a condition."""
    project = orders(folder)
    operation = project.spec["paths"]["/orders"]["post"]
    content = operation["requestBody"]["content"]["application/json"]
    content["schema"] = {
        **content["schema"],
        "properties": {**content["schema"]["properties"], "notify": {"enum": [True]}},
    }
    content["example"] = example
    operation["callbacks"]["ordered"]["{hooks}/orders"]["post"]["x-when"] = when
    return project


@pytest.mark.parametrize(
    ("when", "unmet"),
    [
        ({"status": {"const": 201}, "body": {"type": "object", "required": ["gift"]}}, "none met `body`"),
        pytest.param({"status": {"const": 202}}, "none met `status`", marks=pytest.mark.long),
    ],
)
def test_a_condition_that_no_request_meets(tmp_path: Path, when: dict[str, Any], unmet: str) -> None:
    """The condition of an `x-when` that nothing met is named."""
    project = notified(tmp_path, when, {"item": "a lamp"})
    project.env["LOSES"] = "10000"
    report = project.verified("--profile", "quick")
    assert unmet in report.not_proven["callback ordered"], report.text


@pytest.mark.parametrize(("loses", "errors"), [("0", set()), ("10000", {"event-for-success"})])
def test_a_condition_that_requests_meet(tmp_path: Path, loses: str, errors: set[str]) -> None:
    """Nothing is to be said of it: the events that it makes due are judged."""
    project = notified(tmp_path, {"status": {"const": 201}}, {"item": "a lamp"})
    project.env["LOSES"] = loses
    report = project.verified("--only", "success")
    assert (errors, False) == (report.errors, "none met" in report.not_proven.get("callback ordered", "")), report.text


def carts(folder: Path, ready: str) -> Project:
    """Return a service whose carts can be completed, or are in another state."""

    def operation(name: str, status: str, answer: dict[str, Any], **more: Any) -> dict[str, Any]:
        schema = {"type": "object", "properties": {"note": {"type": "string", "maxLength": 20}}}
        return {
            "post": {
                "operationId": name,
                "requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": {}}}},
                "responses": {status: answer, "400": {"description": "Refused."}},
                **more,
            }
        }

    parameters = {"id": "$response.body#/id"}
    made = {
        "description": "Made.",
        "content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}},
        "links": {"complete": {"operationId": "complete", "parameters": parameters}},
    }
    place = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Carts", "version": "1"},
        "paths": {
            "/carts": operation("make", "201", made),
            "/carts/{id}/complete": operation("complete", "200", {"description": "Completed."}, parameters=[place]),
        },
    }
    return Project(folder, "carts", spec, {"READY": ready})


def test_cases_that_are_played(tmp_path: Path) -> None:
    """Where each object can be completed, nothing is to be said of its state."""
    report = carts(tmp_path, "each").verified("--only", "success")
    assert (set(), False) == (report.errors, "cases of complete" in report.not_proven), report.text


@pytest.mark.parametrize("ready", ["none", "one"])
def test_cases_that_the_state_of_their_object_refuses(tmp_path: Path, ready: str) -> None:
    """Where hardly any object can be, the families are named with the numbers."""
    report = carts(tmp_path, ready).verified("--only", "success")
    told = report.not_proven["cases of complete"]
    assert set() == report.errors, report.text
    assert "were answered 409: the object was there, in another state. So nothing was shown of these: success (" in told


@pytest.mark.parametrize("removes", ["", "1"])
def test_cases_whose_object_a_case_has_removed(tmp_path: Path, removes: str) -> None:
    """A GET that the contract does not have removes what setup has made: what comes then was not played."""
    project = carts(tmp_path, "each")
    complete = project.spec["paths"]["/carts/{id}/complete"]["post"]
    complete["parameters"] = [{**complete["parameters"][0], "x-from": "setup.cart"}]
    complete["responses"]["404"] = {"description": "No such cart."}
    del project.spec["paths"]["/carts"]["post"]["responses"]["201"]["links"]
    project.env["REMOVES"] = removes
    project.settings = '[[target.setup]]\npath = "/carts"\njson = {}\ntake = {cart = "body#/id"}'
    report = project.verified("--profile", "quick", "--only", "[sm][ule][cot][cwh]*")
    told = report.not_proven.get("cases of complete", "")
    assert bool(removes) == ("was not there each time" in told), report.text
    assert bool(removes) == ("slow-clients (0 of " in told), report.text
