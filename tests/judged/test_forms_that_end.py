"""A form in parts ends at its last boundary: its message may break off behind that, and may begin with other text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.judged.project import Report

FORM = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
EVENT = {"type": "object", "required": ["file"], "properties": {"file": {"x-from": "answer.body#/id"}}}
STORED = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
CALLBACK = {
    "x-when": True,
    "requestBody": {"content": {"application/json": {"schema": EVENT}}},
    "responses": {"200": {"description": "Taken."}},
}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Files", "version": "1"},
    "paths": {
        "/files": {
            "post": {
                "operationId": "store",
                "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": FORM}}},
                "responses": {
                    "201": {"description": "Stored.", "content": {"application/json": {"schema": STORED}}},
                    "400": {"description": "Refused."},
                },
                "callbacks": {"stored": {"{hooks}/files": {"post": CALLBACK}}},
            }
        }
    },
}


def verified(folder: Path, bug: str = "") -> Report:
    """Return what a run says of odd framings."""
    env = {"HOOK": "{world.hooks}/files", "BUG": bug}
    settings = '[world.ingests.hooks]\nkind = "webhook"'
    return Project(folder, "files", SPEC, env, settings).verified("--only", "framing")


def test_a_form_that_has_ended_may_be_taken(tmp_path: Path) -> None:
    """It is whole without its last line break, behind other text, and before the end of its message."""
    report = verified(tmp_path)
    assert set() == report.errors, report.text
    judged = {one["law"]: one["judged"] for one in report.value["laws"]}
    assert judged["one-event"] > 0


def test_a_form_that_has_not_ended_is_not_taken(tmp_path: Path) -> None:
    """A target that stores what has come of a part is found."""
    report = verified(tmp_path, "cut")
    (found,) = (one for one in report.value["findings"] if one["severity"] == "error")
    assert ("not-executed", ["framing/ends-in-the-body"]) == (found["law"], found["cases"]), report.text
