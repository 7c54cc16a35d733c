"""With what is not there, nobody may do anything: a 403 for an id that was made up says little of the credential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

KEY = """\
[world.sessions.key]
kind = "static"
callers = [{headers = {X-Key = "one"}}]
[world.ingests.hooks]
kind = "webhook"
"""


def reading(folder: Path, example: str | None, bug: str = "") -> Project:
    """Return labels that are read, whose contract has an example of an id or none."""
    label: dict[str, Any] = {"name": "label", "in": "path", "required": True, "schema": {"type": "string"}}
    label |= {} if example is None else {"example": example}
    operation = {
        "operationId": "read",
        "security": [{"key": []}],
        "parameters": [label],
        "responses": {"200": {"description": "Read."}, "403": {"description": "Not allowed."}},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Labels", "version": "1"},
        "paths": {"/labels/{label}/read": {"post": operation}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }
    return Project(folder, "labels", spec, {"HOOK": "{world.hooks}", "BUG": bug}, KEY)


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        pytest.param(None, "the id or the credential: 403 says that", id="the id is made up"),
        pytest.param("7", "the credential: 403 says that", id="the id is the contract's"),
    ],
)
def test_a_made_up_id_is_told(tmp_path: Path, example: str | None, reason: str) -> None:
    """Each request is answered 403: the reason names the id where it was made up, with the line to add."""
    report = reading(tmp_path, example).verified("--only", "success")
    (told,) = (one for one in report.value["not_proven"] if one["what"] == "success of read")
    assert f"Likely reason: {reason}" in told["why"], report.text
    assert ("the value of 'label' was made up" in told["why"]) is (example is None)
    assert told["add"].startswith("example: an id that exists") is (example is None)


GENERATED = ("--only", "success", "--only", "fuzz-valid", "--only", "coverage", "--max-examples", "12")


def test_a_drawn_id_may_be_forbidden(tmp_path: Path) -> None:
    """The contract's label is read, and any other one, of which nobody knows whether it is there, gets 403."""
    report = reading(tmp_path, "1").verified(*GENERATED)
    assert set() == report.errors, report.text
    assert any(one["status"] == "403" and one["seen"] for one in report.value["answers"]), report.value["answers"]


def test_the_id_of_the_contract_may_not(tmp_path: Path) -> None:
    """The label of the contract is read two times, and not a third time: its account may be why, and that is told."""
    report = reading(tmp_path, "1", "twice").verified(*GENERATED)
    assert set() == report.errors, report.text
    assert "answered 403 after 2 had succeeded" in report.not_proven["room of read"]
