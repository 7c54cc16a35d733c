"""What is said of a body that is not there may be refused; a request without one, of which nothing is said, may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--only", "success", "--only", "odd-media-types")


def marks(folder: Path, bug: str = "") -> Project:
    """Return the marks with a bug."""
    text = {"type": "object", "properties": {"text": {"type": "string"}}}
    make = {
        "operationId": "makeMark",
        "requestBody": {"content": {"application/json": {"schema": text}}},
        "responses": {
            "201": {"description": "Made."},
            "400": {"description": "Refused.", "x-given": "invalid-body"},
            "415": {"description": "No JSON.", "x-given": "unsupported-media-type"},
        },
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Marks", "version": "1"},
        "paths": {"/marks": {"post": make}},
    }
    return Project(folder, "marks", spec, {"BUG": bug})


def test_the_type_of_a_body_that_is_not_there_may_be_refused(tmp_path: Path) -> None:
    """A target that answers 415 to the type that is said goes by RFC 9110, section 15.5.16."""
    report = marks(tmp_path).verified(*ONLY)
    assert set() == report.errors, report.text


def test_a_request_without_a_body_that_is_refused_is_found(tmp_path: Path) -> None:
    """A target that demands what the contract leaves out is told."""
    report = marks(tmp_path, "bare").verified(*ONLY)
    assert {"family-status"} == report.errors, report.text
    assert "success/no-body" in report.text
