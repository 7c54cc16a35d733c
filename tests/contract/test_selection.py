"""Which operations of a document are under test, and what is said of those that can't be used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import load
from bothends.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bothends.contract import Contract

DONE = {"200": {"description": "Done."}}
PARAMETER = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
CALLBACK = {"{$request.body#/url}": {"post": {"responses": DONE}}}
BODY = {"content": {"application/json": {"schema": {"type": "object"}}}}


def orders() -> dict[str, Any]:
    """Return a document with four operations."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Orders", "version": "1"},
        "paths": {
            "/orders": {
                "get": {"operationId": "listOrders", "responses": DONE},
                "post": {"operationId": "createOrder", "responses": DONE, "requestBody": BODY},
            },
            "/orders/{id}": {
                "parameters": [PARAMETER],
                "get": {"operationId": "getOrder", "responses": DONE},
                "delete": {"responses": DONE},
            },
        },
    }


def loaded(folder: Path, spec: Any, settings: str = "", operations: Sequence[str] | None = None) -> Contract:
    """Return the contract of a document."""
    (folder / "openapi.json").write_text(json.dumps(spec, indent=1), "utf-8")
    (folder / "bothends.toml").write_text(f'spec = "openapi.json"\n{settings}', "utf-8")
    return load(folder / "bothends.toml", operations)


def names(contract: Contract) -> list[str]:
    """Return the names of the operations under test."""
    return [operation.id for operation in contract.operations]


ALL = ["listOrders", "createOrder", "getOrder", "DELETE /orders/{id}"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["createOrder"], ["createOrder"]),
        (["POST /orders"], ["createOrder"]),
        (["GET *"], ["listOrders", "getOrder"]),
        (["* /orders/*"], ["getOrder", "DELETE /orders/{id}"]),
        (["DELETE /orders/{id}", "list*"], ["listOrders", "DELETE /orders/{id}"]),
        (["*"], ALL),
    ],
)
def test_operations_are_chosen_by_name_by_line_and_by_pattern(
    tmp_path: Path, wanted: list[str], expected: list[str]
) -> None:
    """Settings and command line choose alike, and the rest is counted."""
    by_settings = loaded(tmp_path, orders(), f"operations = {json.dumps(wanted)}\n")
    by_call = loaded(tmp_path, orders(), 'operations = ["listOrders"]\n', wanted)
    assert [expected, expected] == [names(by_settings), names(by_call)]
    assert sorted(set(ALL) - set(expected)) == sorted(by_call.left_out)


def test_a_name_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    """The settings' line is named where the name stands in the settings."""
    with pytest.raises(ContractError) as caught:
        loaded(tmp_path, orders(), 'operations = ["createOrders"]\n')
    assert f"""\
{tmp_path}/bothends.toml:2 operations: The spec has no operation 'createOrders'.
  expected: one of listOrders, createOrder, getOrder, DELETE /orders/{{id}}
  next: Did you mean 'createOrder'?""" == str(caught.value)


def test_without_a_choice_those_that_say_more_are_under_test(tmp_path: Path) -> None:
    """Where an operation has a callback, those that have none are left out; where none has, all are under test."""
    spec = orders()
    plain = names(loaded(tmp_path, spec))
    spec["paths"]["/orders"]["post"]["callbacks"] = {"placed": CALLBACK}
    spec["paths"]["/orders/{id}"]["get"]["responses"] = {"404": {"description": "Gone.", "x-given": "forbidden"}}
    assert (ALL, ["createOrder", "getOrder"]) == (plain, names(loaded(tmp_path, spec)))


def test_what_is_said_of_objects_is_under_test_beside_what_says_more(tmp_path: Path) -> None:
    """What makes an object and what reads it go with it, and steps that are named; alone, they leave out nothing."""
    spec = orders()
    state = {"200": {"description": "Done.", **BODY}, "409": {"description": "Not now."}}
    spec["paths"]["/orders"]["post"]["x-transitions"] = {"to": "open", "at": "/status"}
    spec["paths"]["/orders"]["post"]["responses"] = {"201": {"description": "Made.", **BODY}}
    spec["paths"]["/orders/{id}"]["get"]["responses"] = state
    pay = {"operationId": "pay", "responses": state, "x-transitions": {"from": ["open"], "to": "paid"}}
    send = {"operationId": "send", "responses": state, "x-needs": {"steps": ["createOrder", "pack"]}}
    later = {"send": send, "pack": {"operationId": "pack", "responses": state}, "pay": pay}
    for name, operation in later.items():
        spec["paths"][f"/orders/{{id}}/{name}"] = {"parameters": [PARAMETER], "post": operation}
    every = [*ALL, "send", "pack", "pay"]
    plain = names(loaded(tmp_path, spec))
    spec["paths"]["/news"] = {"post": {"responses": DONE, "requestBody": BODY, "callbacks": {"placed": CALLBACK}}}
    chosen = names(loaded(tmp_path, spec))
    assert every == plain
    assert {"POST /news", "createOrder", "getOrder", "send", "pack", "pay"} == set(chosen)


def test_an_operation_that_a_pact_is_about_is_under_test(tmp_path: Path) -> None:
    """A consumer relies on it; what is wrong with another pact is told elsewhere."""
    request = {"method": "get", "path": "/orders/5"}
    (tmp_path / "pacts").mkdir()
    (tmp_path / "pacts" / "page.json").write_text(json.dumps({"interactions": [{"request": request}, {}]}), "utf-8")
    (tmp_path / "pacts" / "wrong.json").write_text("[", "utf-8")
    assert ["getOrder"] == names(loaded(tmp_path, orders(), 'pacts = "pacts"\n'))


def test_other_routes_of_the_document_are_known(tmp_path: Path) -> None:
    """A path that an operation serves which is not under test is no path that nobody serves."""
    contract = loaded(tmp_path, orders(), operations=["createOrder"])
    found = {method for method, _ in contract.routes_at("/orders/5?x=1")}
    assert {"GET", "DELETE"} == found


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        ({"responses": {"200": {}}}, '"description" is a required property'),
        ({"responses": {"200": {"$ref": "#/components/responses/X"}}}, "does not resolve"),
        (
            {"responses": DONE, "parameters": [{"name": "x", "in": "query", "schema": {"type": "no"}}]},
            "not a valid JSON",
        ),
        ({"responses": DONE, "security": [{"nobody": []}]}, "The security scheme 'nobody' is not declared"),
        ({"operationId": "listOrders", "responses": DONE}, "The operationId 'listOrders' is already used"),
    ],
)
def test_an_operation_that_cannot_be_used_stops_no_other(tmp_path: Path, spoil: Any, problem: str) -> None:
    """It is told with its place, and the others are under test."""
    spec = orders()
    spec["paths"]["/orders"]["post"] = spoil
    contract = loaded(tmp_path, spec)
    assert [name for name in ALL if name != "createOrder"] == names(contract)
    (unusable,) = contract.unusable
    assert "POST /orders" == unusable.what
    assert problem in unusable.error.problem
    assert unusable.error.where is not None
    assert unusable.error.where.line


def test_a_part_that_many_need_is_wrong_for_each_of_them(tmp_path: Path) -> None:
    """Whoever refers to a wrong part can't be used, and nobody else."""
    spec = orders()
    spec["components"] = {"responses": {"Wrong": {"descripton": "Done."}}}
    for item in spec["paths"].values():
        if "get" in item:
            item["get"]["responses"] = {"200": {"$ref": "#/components/responses/Wrong"}}
    contract = loaded(tmp_path, spec)
    assert ["createOrder", "DELETE /orders/{id}"] == names(contract)
    assert ["GET /orders", "GET /orders/{id}"] == [each.what for each in contract.unusable]


def test_a_path_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    """A path item in a file that is not there is told alone."""
    spec = orders()
    spec["paths"]["/orders/{id}"] = {"$ref": "order.json"}
    contract = loaded(tmp_path, spec)
    assert (["listOrders", "createOrder"], ["/orders/{id}"]) == (names(contract), [u.what for u in contract.unusable])


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (["*"], ["/orders/{id}"]),
        (["GET /orders*", "createOrder"], ["/orders/{id}"]),
        (["createOrder"], []),
        (["POST /orders"], []),
    ],
)
def test_a_path_that_cannot_be_read_is_told_where_it_may_be_meant(
    tmp_path: Path, wanted: list[str], told: list[str]
) -> None:
    """Its operations' names are not known, but a pattern of its line means it; a name of others does not."""
    spec = orders()
    spec["paths"]["/orders/{id}"] = 7
    contract = loaded(tmp_path, spec, operations=wanted)
    assert told == [each.what for each in contract.unusable]


@pytest.mark.parametrize("key", ["{request.body#/url}", "{$callback_url}", "{callbackUrl}", "{$request.query.nothing}"])
def test_a_callback_that_cannot_be_used_is_left_out_alone(tmp_path: Path, key: str) -> None:
    """Keys that are none of OpenAPI's are common; the operation and its other callbacks are under test."""
    spec = orders()
    item = next(iter(CALLBACK.values()))
    spec["paths"]["/orders"]["post"]["callbacks"] = {"odd": {key: item}, "placed": CALLBACK}
    contract = loaded(tmp_path, spec)
    assert ["placed"] == [event.name for event in contract.operations[0].events]
    assert ["the callback 'odd' of POST /orders"] == [each.what for each in contract.unusable]


def test_a_contract_written_for_bothends_is_held_to_its_word(tmp_path: Path) -> None:
    """Whoever writes `x-when` wants to know of a mistake, and can mend it."""
    spec = orders()
    item = next(iter(CALLBACK.values()))
    callbacks = {"odd": {"{callbackUrl}": item}, "placed": {**CALLBACK, "x-when": True}}
    spec["paths"]["/orders"]["post"]["callbacks"] = callbacks
    with pytest.raises(ContractError, match=r"unknown name: \{callbackUrl\}"):
        loaded(tmp_path, spec)


def test_where_nothing_can_be_used_the_first_reason_is_the_error(tmp_path: Path) -> None:
    """A document of which nothing is left is refused."""
    spec = orders()
    spec["paths"] = {"/orders": {"get": {"responses": {"200": {}}}}}
    with pytest.raises(ContractError, match='"description" is a required property'):
        loaded(tmp_path, spec)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_common_documents_do_is_read_as_it_is_meant(tmp_path: Path, version: str) -> None:
    """A class of statuses in lower case, an operation and a mapping behind a reference, and words beside one."""
    spec = orders() | {"openapi": version}
    spec["paths"]["/orders"]["get"]["responses"] = {"2xx": {"description": "Done."}, "4xx": {"description": "No."}}
    spec["paths"]["/orders/{id}"]["get"] = {"$ref": "#/components/x-operations/get"}
    spec["paths"]["/orders/{id}"]["parameters"] = [{"$ref": "#/components/parameters/Id", "schema": {"type": "string"}}]
    spec["components"] = {
        "parameters": {"Id": PARAMETER},
        "x-operations": {
            "get": {"operationId": "getOrder", "responses": {"200": {"$ref": "#/components/responses/Got"}}}
        },
        "responses": {"Got": {"description": "Got.", "content": {"$ref": "#/components/x-content"}}},
        "x-content": {"application/json": {"schema": {"type": "object"}}},
    }
    contract = loaded(tmp_path, spec)
    assert ALL == names(contract)
    assert ["2XX", "4XX"] == [answer.status for answer in contract.operations[0].answers]
    assert ["application/json"] == list(contract.operations[2].answers[0].content)


def test_a_defect_that_is_in_nobodys_way_is_told_and_no_more(tmp_path: Path) -> None:
    """A document without a version of its own is of use."""
    spec = orders()
    del spec["info"]["version"]
    contract = loaded(tmp_path, spec)
    assert (ALL, 1) == (names(contract), len(contract.defects))
    assert '"version" is a required property' in contract.defects[0].error.problem


def test_a_document_with_webhooks_alone_is_read(tmp_path: Path) -> None:
    """It has no operation, and the webhooks that nothing sends are known."""
    spec = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "webhooks": {"placed": {"post": {}}}}
    contract = loaded(tmp_path, spec)
    assert ((), ["placed"]) == (contract.operations, list(contract.unsent))
