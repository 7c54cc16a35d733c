"""Who asks again with the same key gets the stored answer, whose values are those of the first request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
[world.upstreams.prices]
path = "/prices"
answer = "#/components/schemas/Price"
"""


def checkouts(folder: Path, bug: str = "") -> Project:
    """Return checkouts with a bug."""
    item = {
        "type": "object",
        "required": ["item"],
        "additionalProperties": False,
        "properties": {"item": {"type": "string"}},
    }
    checkout = {
        "type": "object",
        "required": ["id", "price"],
        "properties": {"id": {"type": "string"}, "price": {"type": "string", "x-from": "upstream.prices#/price"}},
    }
    answers: dict[str, Any] = {
        "201": {"description": "Begun.", "content": {"application/json": {"schema": checkout}}},
        **{status: {"description": "Refused."} for status in ("400", "415")},
        "502": {"description": "No price.", "x-given": "upstream-wrong"},
    }
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "minLength": 8, "maxLength": 80},
        "x-idempotency": True,
    }
    operation = {
        "operationId": "begin",
        "parameters": [key],
        "requestBody": {"required": True, "content": {"application/json": {"schema": item}}},
        "responses": answers,
    }
    price = {"type": "object", "required": ["price"], "properties": {"price": {"type": "string"}}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Checkouts", "version": "1"},
        "paths": {"/checkouts": {"post": operation}},
        "components": {"schemas": {"Price": price}},
    }
    return Project(folder, "checkouts", spec, {"BUG": bug, "PRICES": "{world.prices}"}, SETTINGS)


def test_a_stored_answer_is_right(tmp_path: Path) -> None:
    """Its price was asked for when the first request came, and not again."""
    report = checkouts(tmp_path).verified("--only", "idempotency", "--only", "success")
    assert set() == report.errors, report.text


@pytest.mark.parametrize(
    ("bug", "said"),
    [("altered", ["altered"]), ("before", ["stale"]), ("anew", [])],
)
def test_what_is_not_the_first_answer_is_found(tmp_path: Path, bug: str, said: list[str]) -> None:
    """A price that nobody told, or told another one, is none of the request; one that was told now is not the first."""
    report = checkouts(tmp_path, bug).verified("--only", "idempotency", "--only", "success")
    (found,) = (one for one in report.value["findings"] if one["severity"] == "error")
    assert "first-answer-again" == found["law"], report.text
    hence = [f"/price is not what prices answered for this request ({word})." for word in said]
    assert hence == [one["summary"] for one in found["consequences"]], report.text
