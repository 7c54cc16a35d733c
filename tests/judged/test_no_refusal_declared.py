"""What is right for a request that the schema refuses, where the operation declares no refusal at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ORDER = {
    "type": "object",
    "required": ["item", "quantity"],
    "additionalProperties": False,
    "properties": {
        "item": {"type": "string", "minLength": 1},
        "quantity": {"type": "integer", "minimum": 1, "maximum": 100},
    },
}
ONLY = "invalid-body"


def stock(folder: Path, *declared: str, top: str = "", **env: str) -> Project:
    """Return a service whose contract declares a success, and so many other answers."""
    content = {"application/json": {"schema": ORDER, "example": {"item": "a lamp", "quantity": 2}}}
    operation: dict[str, Any] = {
        "operationId": "order",
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "Taken."}, **{status: {"description": "Other."} for status in declared}},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Stock", "version": "1"},
        "paths": {"/orders": {"post": operation}},
    }
    return Project(folder, "stock", spec, env, top=top)


def test_a_server_that_checks_is_right(tmp_path: Path) -> None:
    """Any 4xx is right for what the schema refuses, whatever its status is."""
    report = stock(tmp_path, REFUSAL="409").verified("--only", ONLY)
    assert (set(), []) == (report.errors, report.notes), report.text


@pytest.mark.parametrize("words", [("--only", "fuzz-*"), pytest.param((), marks=pytest.mark.long)], ids=["some", "all"])
def test_generated_requests_of_a_server_that_checks_are_right(tmp_path: Path, words: tuple[str, ...]) -> None:
    """They are held to the same."""
    report = stock(tmp_path).verified("--profile", "quick", *words)
    assert (0, set()) == (report.code, report.errors), report.text


def test_a_server_that_does_not_check_is_told(tmp_path: Path) -> None:
    """A success is no error, and the report says how many requests were taken that the schema refuses."""
    report = stock(tmp_path, CHECKS="no").verified("--only", ONLY)
    (note,) = report.notes
    assert set() == report.errors, report.text
    assert "requests to order that the contract refuses were answered 2xx, such as invalid-body/" in note
    assert note.endswith("(add a 4xx to its responses)")


def test_a_server_that_fails_is_broken(tmp_path: Path) -> None:
    """A server error is no refusal."""
    assert {"declared-status"} == stock(tmp_path, REFUSAL="500").verified("--only", ONLY).errors


def test_a_server_error_that_is_declared_refuses_nothing(tmp_path: Path) -> None:
    """Where a 5xx is all that is declared beside the success, a 4xx and a success are right as well."""
    for checks in ("yes", "no"):
        report = stock(tmp_path, "500", CHECKS=checks).verified("--only", ONLY)
        assert (set(), int(checks == "no")) == (report.errors, len(report.notes)), report.text


@pytest.mark.parametrize("declared", ["400", "4XX", "default"])
def test_a_refusal_that_is_declared_is_demanded(tmp_path: Path, declared: str) -> None:
    """Where some 4xx is declared, a success for what the schema refuses is an error."""
    report = stock(tmp_path, declared, CHECKS="no").verified("--only", ONLY)
    assert ({"family-status"}, []) == (report.errors, report.notes), report.text


def test_another_refusal_than_the_declared_one(tmp_path: Path) -> None:
    """Where a 4xx is declared, another one is an error."""
    report = stock(tmp_path, "400").verified("--only", ONLY)
    assert {"family-status"} == report.errors, report.text


def test_strict_statuses(tmp_path: Path) -> None:
    """The settings may ask that each refusal is declared: then none is right."""
    report = stock(tmp_path, top="strict_statuses = true").verified("--only", ONLY)
    assert {"declared-status"} == report.errors, report.text
