"""A URL that leads nowhere, or is none of the web, may be refused; what is made with one is a success all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path


def receivers(folder: Path, *, needed: bool = True) -> Project:
    """Return the receivers, and whether their contract says that each has a URL."""
    schema = {
        "type": "object",
        "required": ["url"] if needed else [],
        "additionalProperties": False,
        "properties": {"url": {"type": "string", "format": "uri"}},
    }
    keep = {
        "operationId": "keep",
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {
            "201": {"description": "Kept."},
            "400": {"description": "No such thing.", "x-given": "invalid-body"},
            "415": {"description": "No JSON."},
            "422": {"description": "Not of the web."},
        },
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Receivers", "version": "1"},
        "paths": {"/receivers": {"post": keep}},
    }
    return Project(folder, "receivers", spec, {"WITHOUT": "400" if needed else "422"})


def test_a_target_that_keeps_urls_of_the_web_alone_is_right(tmp_path: Path) -> None:
    """That it refuses `javascript:` is its own affair, and that it keeps the others is a success."""
    report = receivers(tmp_path).verified("--only", "success", "--only", "coverage", "--only", "invalid-body")
    assert set() == report.errors, report.text
    assert {} == report.not_proven, report.text


def test_what_is_made_with_a_url_is_a_success(tmp_path: Path) -> None:
    """A target that refuses each receiver without a URL, which its contract allows, refuses valid requests."""
    report = receivers(tmp_path, needed=False).verified("--only", "success", "--only", "coverage")
    assert "success of keep" not in report.not_proven, report.text
    assert {"family-status"} == report.errors, report.text
