"""What cases share is of two callers, so that what is one's can be told from what is another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report
from tests.judged.test_used_up import seen

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string"}
KEYS = """
[world.sessions.key]
kind = "static"
callers = [{headers = {X-Key = "key-of-ada"}}, {headers = {X-Key = "key-of-bob"}}]
"""
HOOKS = """
[world.ingests.hooks]
kind = "webhook"
"""


def content(**members: Any) -> dict[str, Any]:
    """Return the content of a request or an answer: an object with just these members."""
    schema = {"type": "object", "additionalProperties": False, "required": [*members], "properties": members}
    return {"content": {"application/json": {"schema": schema}}}


def spec_of(event: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the document of baskets and orders; an order takes two requests, as many as there are callers.

    Args:
        event: The terms of the event of an order; None: it has none.
    """
    refused = {status: {"description": "Refused."} for status in ("400", "415")}
    refused["401"] = {"description": "Nobody.", "x-given": "signed-out"}
    absent = {"404": {"description": "Not there.", "x-given": ["not-found", "forbidden"]}}

    def one(name: str, members: Any, **more: Any) -> dict[str, Any]:
        body = {"required": True, **content(**members)}
        made = {"description": "Done.", "links": more.pop("links", {}), **content(id=TEXT)}
        done = {"201": made, **refused, **more.pop("responses", {})}
        return {"post": {"operationId": name, "requestBody": body, "responses": done, **more}}

    ordered = {"order": {"operationId": "order", "requestBody": {"basketId": "$response.body#/id"}}}
    told = content(order={**TEXT, "x-from": "answer.body#/id"}, basket={**TEXT, "x-from": "request.body#/basketId"})
    sent = {"requestBody": told, "responses": {"200": {"description": "Thanks."}}, "x-when": True, **(event or {})}
    needs = {"x-needs": {"steps": ["fill"], "for": "/basketId"}, "responses": absent}
    calls = {} if event is None else {"callbacks": {"ordered": {"{hooks}/orders": {"post": sent}}}}
    shown = {"200": {"description": "It.", **content(id=TEXT)}, "401": refused["401"], **absent}
    order = {"name": "orderId", "in": "path", "required": True, "schema": TEXT}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Baskets", "version": "1"},
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
        "paths": {
            "/baskets": one("fill", {"note": TEXT}, links=ordered),
            "/orders": one("order", {"note": TEXT, "basketId": TEXT}, **needs, **calls),
            "/orders/{orderId}": {"parameters": [order], "get": {"operationId": "show", "responses": shown}},
        },
    }


def shown(folder: Path, bug: str, seed: int) -> Report:
    """Return what a run says of orders that are shown."""
    project = Project(folder, "baskets", spec_of(), {"BUG": bug}, KEYS)
    return project.verified("--only", "forbidden/show*", "--only", "success", seed=seed)


@pytest.mark.parametrize("seed", [1, 2])
def test_two_steps_make_the_objects_of_two_callers(tmp_path: Path, seed: int) -> None:
    """Each order is made by two requests, and callers take turns: the orders are of both callers all the same."""
    report = shown(tmp_path, "", seed)
    assert set() == report.errors, report.text
    assert {} == report.not_proven, report.text


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_shown_to_another_caller_is_told(tmp_path: Path, seed: int) -> None:
    """The order of one caller is asked for by the other one."""
    assert {"family-status"} == shown(tmp_path, "anybody", seed).errors


def test_what_no_other_caller_has_proves_nothing(tmp_path: Path) -> None:
    """Two callers who show the same are one: a run of that one case says that it has shown nothing."""
    one = KEYS.replace("key-of-bob", "key-of-ada")
    project = Project(tmp_path, "baskets", spec_of(), {"BUG": "anybody"}, one)
    report = project.verified("--only", "forbidden/show.anothers-object")
    told = report.not_proven["cases of show about an object"]
    assert told.endswith("so any answer was right. Nothing was shown of these: forbidden."), report.text


def test_what_is_sent_once_more_has_an_object_of_its_own(tmp_path: Path) -> None:
    """With another note, each order is of another basket: those of the first time are used up."""
    spec = spec_of()
    body = spec["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    body["properties"]["note"] = {**TEXT, "example": "text"}
    project = Project(tmp_path, "baskets", spec, {"BUG": "taken"}, KEYS, top='operations = ["fill", "order"]')
    report = project.verified("--only", "success", "--only", "odd-headers")
    found = [one for one in report.value["findings"] if one["severity"] == "error"]
    assert ["family-status"] == [one["law"] for one in found], report.text
    assert found[0]["actual"].endswith("; 201 with another value"), report.text
    assert ("order", "404") not in seen(report), report.text
