"""A link puts a value of an answer into any place of a later request: a member of its body, a header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

CALLERS = """
[world.session]
kind = "static"
callers = [
  {headers = {Authorization = "Bearer of-ada"}, identity = {id = "ada"}},
  {headers = {Authorization = "Bearer of-bob"}, identity = {id = "bob"}},
]
wrong = [{headers = {Authorization = "Bearer nobody"}}]
"""
TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 1, "maximum": 9}


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": [*members], "properties": members}


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


NAMED = {"required": True, **_json(_object(name=TEXT))}
ORDER = _object(id=TEXT, customerId=TEXT, count=COUNT)
REFUSED = {str(status): {"description": "Refused."} for status in (400, 404, 412)}


def spec_of() -> dict[str, Any]:
    """Return the document of a trade: links say where the parts of an order come from."""

    def links(**some: Any) -> dict[str, Any]:
        return {"links": some}

    customer = {"operationId": "placeOrder", "requestBody": {"customerId": "$response.body#/id"}}
    product = {"operationId": "placeOrder", "requestBody": {"product": {"sku": "$response.body#/sku"}, "count": 1}}
    tag = {"orderId": "$request.path.orderId", "If-Match": "$response.header.ETag"}
    placed = _object(customerId=TEXT, product=_object(sku={"type": "integer"}), count=COUNT)
    shown = {"description": "The order.", "headers": {"ETag": {"schema": TEXT}}, **_json(ORDER)}
    paths = {
        "/customers": {
            "post": {
                "operationId": "addCustomer",
                "requestBody": NAMED,
                "responses": {
                    "201": {"description": "Made.", **_json(_object(id=TEXT)), **links(it=customer)},
                    **REFUSED,
                },
            }
        },
        "/products": {
            "post": {
                "operationId": "addProduct",
                "requestBody": NAMED,
                "responses": {
                    "201": {"description": "Made.", **_json(_object(sku={"type": "integer"})), **links(it=product)},
                    **REFUSED,
                },
            }
        },
        "/orders": {
            "post": {
                "operationId": "placeOrder",
                "requestBody": {"required": True, **_json(placed)},
                "responses": {"201": {"description": "Placed.", **_json(ORDER)}, **REFUSED},
            }
        },
        "/orders/{orderId}": {
            "parameters": [{"name": "orderId", "in": "path", "required": True, "schema": TEXT}],
            "get": {
                "operationId": "showOrder",
                "responses": {
                    "200": {**shown, **links(change={"operationId": "changeOrder", "parameters": tag})},
                    **REFUSED,
                },
            },
            "put": {
                "operationId": "changeOrder",
                "parameters": [{"name": "If-Match", "in": "header", "required": True, "schema": TEXT}],
                "requestBody": {"required": True, **_json(_object(count=COUNT))},
                "responses": {"200": shown, **REFUSED},
            },
        },
    }
    scheme = {"bearer": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Trade", "version": "1"},
        "components": {"securitySchemes": scheme},
        "security": [{"bearer": []}],
        "paths": paths,
    }


def trade(folder: Path, bug: str = "", spec: Any = None, *words: str) -> Report:
    """Return what a run of valid requests says of a trade with a bug."""
    project = Project(folder, "trade", spec or spec_of(), {"BUG": bug}, CALLERS)
    return project.verified("--only", "success", "--only", "precondition-failed", *words)


def seen(report: Report) -> dict[tuple[str, str], int]:
    """Return how often each status was answered, by the operation and the status."""
    return {(one["operation"], str(one["status"])): one["seen"] for one in report.value["answers"]}


def test_values_of_links_are_taken(tmp_path: Path) -> None:
    """An order is of a customer of its caller and for a product that is there, and is changed by its present tag."""
    report = trade(tmp_path)
    assert set() == report.errors, report.text
    assert {"addCustomer": 0, "addProduct": 0, "placeOrder": 0, "showOrder": 0, "changeOrder": 8} == {
        name: sum(count for (one, status), count in seen(report).items() if one == name and status > "299")
        for name, _ in seen(report)
    }, report.text
    assert "proven" == report.value["verdict"], report.text


@pytest.mark.parametrize(("bug", "operation"), [("placed", "placeOrder"), ("changed", "changeOrder")])
def test_what_only_such_values_reach_is_judged(tmp_path: Path, bug: str, operation: str) -> None:
    """A wrong answer to a request that names what is there is told, with its operation."""
    report = trade(tmp_path, bug)
    assert {"answer-schema"} == report.errors, report.text
    (found,) = (one for one in report.value["findings"] if one["severity"] == "error")
    assert {operation} == {one["operation"] for one in found["instances"]}


def guessing() -> dict[str, Any]:
    """Return the document of a trade in which nothing but its name says what the customer of an order is."""
    spec = spec_of()
    del spec["paths"]["/customers"]["post"]["responses"]["201"]["links"]
    spec["paths"]["/customers/{customerId}"] = {
        "parameters": [{"name": "customerId", "in": "path", "required": True, "schema": TEXT}],
        "get": {
            "operationId": "showCustomer",
            "responses": {"200": {"description": "It.", **_json(_object(id=TEXT))}, **REFUSED},
        },
    }
    return spec


def test_a_name_chooses_a_value(tmp_path: Path) -> None:
    """A member that is named as the parameter of a path has an id of that path; the run says so, with the link."""
    report = trade(tmp_path, spec=guessing())
    assert ("proven", set()) == (report.value["verdict"], report.errors), report.text
    assert {"201"} == {status for operation, status in seen(report) if operation == "placeOrder"}, report.text
    (note,) = report.notes
    assert "the member 'customerId' of placeOrder is taken for the id of what addCustomer makes" in note
    assert "links: {it: {operationId: placeOrder, requestBody: {customerId: $response.body#/id}}}" in note


def test_a_name_accuses_nobody(tmp_path: Path) -> None:
    """A target to which the name means something else may refuse the value, in whatever way."""
    report = trade(tmp_path, "others", guessing())
    assert ("not-proven", set()) == (report.value["verdict"], report.errors), report.text
    assert "success of placeOrder" in report.not_proven
