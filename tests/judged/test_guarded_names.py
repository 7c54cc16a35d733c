"""Parsers of JavaScript's that guard its prototypes refuse a body with a member `__proto__`: a schema cannot say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("bug", "told"), [("", set()), ("fails", {"family-status"}), ("strict", {"family-status"})])
def test_a_guarded_name_may_be_refused(tmp_path: Path, bug: str, told: set[str]) -> None:
    """Refused with the status that is declared, it is right; an error of the server is none, nor is to refuse all."""
    note = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}, "more": {}}}
    operation = {
        "operationId": "note",
        "requestBody": {"required": True, "content": {"application/json": {"schema": note}}},
        "responses": {"201": {"description": "Taken."}, "400": {"description": "Refused."}},
    }
    info = {"title": "Notes", "version": "1"}
    spec = {"openapi": "3.1.0", "info": info, "paths": {"/notes": {"post": operation}}}
    report = Project(tmp_path, "guard", spec, {"BUG": bug}).verified("--only", "success", "--only", "odd-body")
    assert told == report.errors, report.text
