"""Workflows of Arazzo: what their steps send, which answers they take values of, and what is not used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import load
from bothends.contract.requests import Step
from bothends.errors import ContractError

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract, Operation

TEXT = {"type": "string"}
ID = {"name": "id", "in": "path", "required": True, "schema": TEXT}
MADE = {"201": {"description": "Made."}}
DONE = {"200": {"description": "Done."}}


def _body(**members: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": members}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _spec() -> dict[str, Any]:
    def one(name: str, answers: Any, **more: Any) -> dict[str, Any]:
        return {"operationId": name, "responses": answers, **more}

    of_cart = {"parameters": [ID]}
    line = _body(sku=TEXT, count={"type": "integer"}, tags={"type": "array", "items": TEXT}, of=TEXT)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Carts", "version": "1"},
        "paths": {
            "/products": {"get": one("list", DONE)},
            "/carts": {"post": one("open", MADE, requestBody=_body(name=TEXT))},
            "/carts/{id}": {**of_cart, "get": one("show", DONE)},
            "/carts/{id}/lines": {**of_cart, "post": one("add", MADE, requestBody=line)},
            "/carts/{id}/pay": {
                **of_cart,
                "post": one(
                    "pay", DONE, parameters=[{"name": "lang", "in": "query", "schema": TEXT}], requestBody=_body(a=TEXT)
                ),
            },
        },
    }


OPEN: dict[str, Any] = {"stepId": "open", "operationId": "open", "outputs": {"id": "$response.body#/cart/id"}}
CART = {"name": "id", "in": "path", "value": "$steps.open.outputs.id"}
ADD: dict[str, Any] = {"stepId": "add", "operationId": "add", "parameters": [CART]}
PAY: dict[str, Any] = {"stepId": "pay", "operationId": "pay", "parameters": [CART]}


def _document(*steps: Any, **more: Any) -> dict[str, Any]:
    return {
        "arazzo": "1.0.1",
        "info": {"title": "x", "version": "1"},
        "sourceDescriptions": [{"name": "carts", "url": "openapi.json", "type": "openapi"}],
        "workflows": [{"workflowId": "buy", "steps": [*steps]}],
        **more,
    }


def _contract(folder: Path, document: Any, top: str = "") -> Contract:
    (folder / "openapi.json").write_text(json.dumps(_spec()), "utf-8")
    (folder / "arazzo.json").write_text(json.dumps(document), "utf-8")
    (folder / "bothends.toml").write_text(f'spec = "openapi.json"\n{top}\n', "utf-8")
    return load(folder / "bothends.toml")


def _told(contract: Contract) -> list[str]:
    return [each.error.problem for each in (*contract.wrong_workflows, *contract.unused_workflows)]


def _needed(operation: Operation) -> list[list[Step]]:
    return [[*each.steps] for each in operation.needs]


def _links(contract: Contract, name: str) -> dict[str, list[str]]:
    """Return what the answers of an operation give, by the operation that it is given to."""
    links = [link for answer in contract.operation(name).answers for link in answer.links]
    texts: dict[str, list[str]] = {link.operation: [] for link in links}
    for link in links:
        texts[link.operation] += [f"{where} {place} {value.parts[0]}" for (where, place), value in link.values]
    return texts


def _with(step: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**step, **more}


def test_steps_about_one_object_are_what_the_last_needs(tmp_path: Path) -> None:
    """Steps that read, and steps about something else, are none of them; constants are values of the steps."""
    other = _with(OPEN, stepId="other", requestBody={"payload": {"name": "other"}})
    add = _with(ADD, requestBody={"payload": {"sku": "$steps.list.outputs.sku", "count": 2, "tags": ["a"]}})
    shown = _with(ADD, stepId="shown", operationId="show")
    listed = {"stepId": "list", "operationId": "list", "outputs": {"sku": "$response.body#/0/sku"}}
    pay = _with(PAY, parameters=[CART, {"name": "lang", "in": "query", "value": "nl"}])
    contract = _contract(tmp_path, _document(listed, OPEN, other, add, shown, pay))
    assert [] == _told(contract)
    assert [[Step("open"), Step("add", {"count": 2, "tags": ["a"]})]] == _needed(contract.operation("pay"))
    assert [[], []] == [_needed(contract.operation(name)) for name in ("add", "show")]
    assert "/carts/{}" == contract.operation("pay").needs[0].leads


def test_values_of_answers_are_links(tmp_path: Path) -> None:
    """Wherever they stand in a request; a whole output may be looked into, and a text may have some in braces."""
    whole = _with(OPEN, outputs={"cart": "$response.body", "at": "$response.header.Location"})
    path = {"name": "id", "in": "path", "value": "$steps.open.outputs.cart#/cart/id"}
    payload = {"sku": "$steps.open.outputs.at", "tags": ["{$steps.open.outputs.cart#/name}"]}
    add = _with(ADD, parameters=[path], requestBody={"payload": json.dumps(payload)})
    contract = _contract(tmp_path, _document(whole, add))
    assert [] == _told(contract)
    found = [
        "path id Expression(text='$response.body#/cart/id'",
        "body /sku Expression(text='$response.header.Location'",
        "body /tags/0 Expression(text='$response.body#/name'",
    ]
    assert found == [text.partition(",")[0] for text in _links(contract, "open")["add"]]


def test_replacements_and_components(tmp_path: Path) -> None:
    """A replacement is set in the payload; a reusable parameter has its own value, or another one."""
    replaced = {"payload": {"sku": "a", "count": 1}, "replacements": [{"target": "/count", "value": 3}]}
    add = _with(ADD, parameters=[{"reference": "$components.parameters.cart"}], requestBody=replaced)
    lang = {"reference": "$components.parameters.lang", "value": "en"}
    components = {"parameters": {"cart": CART, "lang": {"name": "lang", "in": "query", "value": "nl"}}}
    pay = _with(PAY, parameters=[{"reference": "$components.parameters.cart"}, lang])
    contract = _contract(tmp_path, _document(OPEN, add, pay, components=components))
    assert [] == _told(contract)
    assert [[Step("open"), Step("add", {"sku": "a", "count": 3})]] == _needed(contract.operation("pay"))


def test_workflows_that_call_and_follow_each_other(tmp_path: Path) -> None:
    """A step may be a workflow, with inputs; one that another depends on comes before it, and its outputs are there."""
    begin = {"workflowId": "begin", "steps": [OPEN], "outputs": {"cart": "$steps.open.outputs.id"}}
    of_input = {"name": "id", "in": "path", "value": "$inputs.cart"}
    count = {"type": "object", "properties": {"count": {"default": 4}, "cart": {}}}
    fill = {
        "workflowId": "fill",
        "inputs": count,
        "steps": [_with(ADD, parameters=[of_input], requestBody={"payload": {"count": "$inputs.count"}})],
    }
    given = {"name": "cart", "value": "$workflows.begin.outputs.cart"}
    buy = {
        "workflowId": "buy",
        "dependsOn": ["begin"],
        "steps": [
            {"stepId": "fill", "workflowId": "fill", "parameters": [given]},
            _with(PAY, parameters=[{**of_input, "value": "$workflows.begin.outputs.cart"}]),
        ],
    }
    contract = _contract(tmp_path, {**_document(), "workflows": [begin, fill, buy]})
    assert [] == _told(contract)
    assert [[Step("open"), Step("add", {"count": 4})]] == _needed(contract.operation("pay"))


@pytest.mark.parametrize(
    ("criteria", "ready"),
    [
        ([{"condition": "$statusCode == 201 && $response.body#/status == 'it''s open'"}], ("/status", "it's open")),
        ([{"condition": "$statusCode >= 200 && $statusCode < 300 || $statusCode == 304"}], (None, None)),
        ([{"condition": "$response.body#/count == 2", "type": "simple"}], ("/count", 2)),
    ],
)
def test_when_a_step_has_succeeded(tmp_path: Path, criteria: Any, ready: Any) -> None:
    """A simple condition says which status is right, and what is there when the object is ready."""
    contract = _contract(tmp_path, _document(OPEN, _with(ADD, successCriteria=criteria), PAY))
    assert [] == _told(contract)
    (needs,) = contract.operation("pay").needs
    assert ready == (needs.at, needs.value)


def test_a_step_that_is_to_be_refused_makes_nothing(tmp_path: Path) -> None:
    """What waits for a refusal is no step on the way."""
    add = _with(ADD, successCriteria=[{"condition": "$statusCode == 422"}])
    contract = _contract(tmp_path, _document(OPEN, add, PAY))
    assert [] == _needed(contract.operation("pay"))


def test_the_shortest_way_is_taken(tmp_path: Path) -> None:
    """Where one workflow shows that less will do, nothing more is needed."""
    document = _document(OPEN, ADD, PAY)
    document["workflows"].append({"workflowId": "quick", "steps": [OPEN, PAY]})
    assert [] == _needed(_contract(tmp_path, document).operation("pay"))


def test_the_contract_comes_first(tmp_path: Path) -> None:
    """What `x-needs` says of an object is what holds, whatever workflows show."""
    overlay = {
        "overlay": "1.0.0",
        "info": {"title": "x", "version": "1"},
        "actions": [{"target": "$.paths['/carts/{id}/pay'].post", "update": {"x-needs": {"steps": ["open"]}}}],
    }
    (tmp_path / "more.json").write_text(json.dumps(overlay), "utf-8")
    found = _contract(tmp_path, _document(OPEN, ADD, PAY), 'overlays = ["more.json"]')
    assert [[Step("open")]] == _needed(found.operation("pay"))


ENDS = {"name": "x", "type": "end", "criteria": [{"condition": "$statusCode == 200"}]}
FORM = {"contentType": "application/x-www-form-urlencoded", "payload": {"a": "b"}}


@pytest.mark.parametrize(
    ("steps", "problem", "is_wrong"),
    [
        ([_with(OPEN, operationId="opn")], "There is no operation 'opn' in the OpenAPI document.", True),
        ([_with(OPEN, operationId="$sourceDescriptions.cats.open")], "There is no sourceDescription 'cats'.", True),
        ([{"stepId": "x", "workflowId": "none"}], "There is no workflow 'none'.", True),
        ([{"stepId": "x", "workflowId": "buy"}], "The workflow 'buy' leads back to itself.", True),
        ([PAY], "$steps.open.outputs.id leads to nothing that is there before this step.", True),
        ([_with(OPEN, outputs={}), PAY], "$steps.open.outputs.id names no output.", True),
        ([_with(OPEN, parameters=[{"reference": "$components.parameters.x"}])], "leads nowhere.", True),
        (
            [_with(OPEN, parameters=[{"name": "x", "in": "query", "value": 1}])],
            "open has no query parameter 'x'.",
            True,
        ),
        ([{"stepId": "x", "workflowId": "$sourceDescriptions.a.b"}], "is a workflow of another document", False),
        ([_with(OPEN, onSuccess=[ENDS]), ADD], "What comes after this step depends on its answer", False),
        ([_with(OPEN, requestBody=FORM)], "A body of application/x-www-form-urlencoded is not used", False),
        ([_with(OPEN, requestBody={"payload": '{"a": {$inputs.x}}'})], "This body is no JSON as it is written", False),
        (
            [_with(OPEN, requestBody={"payload": {}, "replacements": [{"target": "a/b", "value": 1}]})],
            "a/b is no JSON pointer: this replacement is not used.",
            False,
        ),
        (
            [OPEN, _with(ADD, requestBody={"payload": "$steps.open.outputs.id"})],
            "A whole body that an answer gives is not used",
            False,
        ),
        (
            [_with(OPEN, successCriteria=[{"condition": "^2", "context": "$statusCode", "type": "regex"}])],
            "Only simple conditions are used",
            False,
        ),
        (
            [_with(OPEN, successCriteria=[{"condition": "$response.body#/a != 'b'"}])],
            "This condition is not used: $response.body#/a != 'b'.",
            False,
        ),
        (
            [_with(OPEN, parameters=[{"name": "Authorization", "in": "header", "value": "x"}])],
            "The header 'Authorization' is not used",
            False,
        ),
        (
            [OPEN, ADD, _with(PAY, parameters=[CART, {"name": "lang", "in": "query", "value": ["a"]}])],
            "A parameter that is no text, no number and no boolean is not used.",
            False,
        ),
    ],
)
def test_what_is_not_used_is_told(tmp_path: Path, steps: Any, problem: str, *, is_wrong: bool) -> None:
    """A mistake is told as one; all else that is left out says so too, each with its place, and stops nobody."""
    contract = _contract(tmp_path, _document(*steps))
    told = contract.wrong_workflows if is_wrong else contract.unused_workflows
    assert any(problem in each.error.problem for each in told), _told(contract)
    assert all("arazzo.json" in str(each.error.where) for each in told)


def test_operations_of_another_api(tmp_path: Path) -> None:
    """With several APIs, the one named as the spec is ours; the others' operations are told as not played."""
    sources = [
        {"name": "carts", "url": "https://x.example/openapi.json", "type": "openapi"},
        {"name": "mail", "url": "https://x.example/mail.json", "type": "openapi"},
    ]
    pointer = "{$sourceDescriptions.carts.url}#/paths/~1carts/post"
    begin = {key: value for key, value in OPEN.items() if key != "operationId"}
    mail = {"stepId": "mail", "operationId": "$sourceDescriptions.mail.send"}
    steps = (_with(begin, operationPath=pointer), mail, _with(ADD, operationId="$sourceDescriptions.carts.add"), PAY)
    contract = _contract(tmp_path, {**_document(*steps), "sourceDescriptions": sources})
    assert ["$sourceDescriptions.mail.send is an operation of another API, which is not played."] == _told(contract)
    assert [[Step("open"), Step("add")]] == _needed(contract.operation("pay"))


def test_which_documents_are_read(tmp_path: Path) -> None:
    """Those that the settings name, which have to be there; one beside the spec that can't be read stops nobody."""
    broken = _contract(tmp_path, {"arazzo": "2.0.0"})
    assert ["This is no Arazzo document of version 1.0."] == _told(broken)
    (tmp_path / "arazzo.json").write_text("{", "utf-8")
    assert "can't be read as JSON" in _told(load(tmp_path / "bothends.toml"))[0]
    assert [] == _told(_contract(tmp_path, {"arazzo": "2.0.0"}, "workflows = []"))
    with pytest.raises(ContractError) as told:
        _contract(tmp_path, _document(OPEN), 'workflows = ["other.json"]')
    assert "other.json" in str(told.value)


def test_a_workflow_is_a_part_of_what_shapes_cases(tmp_path: Path) -> None:
    """Another workflow has another digest, and its file is one of the contract."""
    first, second = (_contract(tmp_path, _document(*steps)) for steps in ((OPEN, PAY), (OPEN, ADD, PAY)))
    assert first.digest != second.digest
    assert "arazzo.json" in {file.name for file in first.files}
