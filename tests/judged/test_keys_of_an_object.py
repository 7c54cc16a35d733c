"""Requests with idempotency keys about objects of which each belongs to a caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report
from tests.judged.test_used_up import seen

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string"}
KEYS = (
    '[world.sessions.key]\nkind = "static"\n'
    'callers = [{headers = {X-Key = "key-of-ada"}}, {headers = {X-Key = "key-of-bob"}}]'
)


def content(**members: Any) -> dict[str, Any]:
    """Return the content of a request or an answer: an object with just these members."""
    schema = {"type": "object", "additionalProperties": False, "required": [*members], "properties": members}
    return {"content": {"application/json": {"schema": schema}}}


def spec() -> dict[str, Any]:
    """Return the document of a service that keeps tabs."""
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": TEXT,
        "x-idempotency": {"conflict": 422},
    }
    pay = {"pay": {"operationId": "pay", "requestBody": {"tabId": "$response.body#/id"}}}

    def one(name: str, members: Any, answered: Any, *, links: Any, **more: Any) -> dict[str, Any]:
        refused = {status: {"description": "Refused."} for status in ("400", "401", "404", "409", "415", "422")}
        done = {"description": "Done.", "links": links, **content(**answered)}
        body = {"required": True, **content(**members)}
        return {"post": {"operationId": name, "requestBody": body, "responses": {"201": done, **refused}, **more}}

    paid = {"payment": TEXT, "tabId": {**TEXT, "x-from": "request.body#/tabId"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tabs", "version": "1"},
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
        "paths": {
            "/tabs": one("openTab", {"note": TEXT}, {"id": TEXT}, links=pay),
            "/payments": one("pay", {"note": TEXT, "tabId": TEXT}, paid, links={}, parameters=[key]),
        },
    }


def tabs(folder: Path, *only: str, **env: str) -> Report:
    """Return what a run says of a service."""
    words = [word for one in only for word in ("--only", one)]
    return Project(folder, "tabs", spec(), env, KEYS).verified("--profile", "quick", *words)


@pytest.mark.parametrize("env", [{}, {"ONCE": "1"}], ids=["often", "once"])
def test_two_requests_of_one_caller_are_about_objects_of_that_caller(tmp_path: Path, env: dict[str, str]) -> None:
    """A right service is proven, and no request with a second key is about another caller's tab."""
    report = tabs(tmp_path, "idempotency/pay*", **env)
    assert ("proven", set()) == (report.value["verdict"], report.errors), report.text
    assert ("pay", "404") not in seen(report), report.text


@pytest.mark.parametrize(("bug", "law"), [("ignored", "first-answer-again"), ("any-body", "key-refusals")])
def test_what_is_wrong_with_them_is_found(tmp_path: Path, bug: str, law: str) -> None:
    """A key that means nothing is an error, and one that takes another body too."""
    report = tabs(tmp_path, "idempotency/pay*", BUG=bug)
    assert law in report.errors, report.text


def test_a_key_of_a_refused_request_promises_nothing_of_another_body(tmp_path: Path) -> None:
    """A request that is refused executes nothing: its key with another body may be refused in the same way."""
    report = tabs(tmp_path, "idempotency/pay.other-body", SHUT="1")
    assert set() == report.errors, report.text
