"""What is made with something rare is read, in real processes: a target that is wrong of that alone is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.in_process import bothends

TARGET = Path(__file__).with_name("target.py")
NOTE = {"type": ["string", "null"], "minLength": 1, "maxLength": 20}
ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["item", "quantity"],
    "properties": {
        "item": {"enum": ["lamp", "table", "chair"]},
        "quantity": {"type": "integer", "minimum": 1, "maximum": 1000},
        "note": NOTE,
        "gift": {"type": "boolean"},
    },
    "additionalProperties": False,
}
READ: dict[str, Any] = {
    "type": "object",
    "required": ["id", "status", "item", "quantity"],
    "properties": {**ORDER["properties"], "id": {"type": "string"}, "status": {"enum": ["new", "paid"]}},
}
MADE = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}


def answer(schema: dict[str, Any]) -> dict[str, Any]:
    """Return an answer that has a body."""
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {
        "/orders": {
            "post": {
                "operationId": "add",
                "requestBody": {"required": True, "content": {"application/json": {"schema": ORDER}}},
                "responses": {"201": answer(MADE), "422": {"description": "Refused.", "x-given": "invalid-body"}},
            },
            "get": {"operationId": "list", "responses": {"200": answer({"type": "array", "items": READ})}},
        },
        "/orders/{order}": {
            "get": {
                "operationId": "read",
                "parameters": [{"name": "order", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": answer(READ), "404": {"description": "None."}},
            }
        },
    },
}


def verified(folder: Path, only: str, bug: str) -> dict[str, Any]:
    """Return the report of a run."""
    (folder / "spec.json").write_text(json.dumps(SPEC))
    command = f"command = [{json.dumps(sys.executable)}, {json.dumps(str(TARGET))}]"
    env = '[target.env]\nPORT = "{port}"\n'
    (folder / "bothends.toml").write_text(f'spec = "spec.json"\noperations = ["*"]\n[target]\n{command}\n{env}')
    words = ["verify", "--seed", "1", "--json", "report.json", "--env", f"BUG={bug}", "--only", only]
    done = bothends(folder, *words, "--profile", "quick")
    assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return {**report, "text": done.stdout}


def errors(report: dict[str, Any]) -> set[str]:
    """Return the laws that errors are about."""
    return {one["law"] for one in report["findings"] if one["severity"] == "error"}


def test_a_right_target(tmp_path: Path) -> None:
    """Each object that was made is there, and as it should be."""
    report = verified(tmp_path, "[rs]e*", "")
    assert set() == errors(report), report["text"]


@pytest.mark.parametrize("bug", ["huge", "chair", "null", "whole"])
def test_what_is_wrong_of_a_rare_object_is_told(tmp_path: Path, bug: str) -> None:
    """At a bound, of the last choice, with null, with all members: each is read once."""
    report = verified(tmp_path, "read-back", bug)
    assert {"answer-schema"} == errors(report), report["text"]


def test_a_list_is_read_after_all_variants(tmp_path: Path) -> None:
    """What lists objects has all of them to list."""
    report = verified(tmp_path, "read-back", "list")
    assert {"answer-schema"} == errors(report), report["text"]


def test_a_finding_is_replayed_with_an_object_of_its_own(tmp_path: Path) -> None:
    """The object is made anew by the same request."""
    report = verified(tmp_path, "read-back", "huge")
    (found,) = [one for one in report["findings"] if one["severity"] == "error"]
    done = bothends(tmp_path, "replay", found["id"])
    assert 1 == done.returncode, done.stdout + done.stderr
