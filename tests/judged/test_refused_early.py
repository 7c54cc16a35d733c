"""Valid requests that are refused before any request of their operation succeeds, in a real process that does so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

TITLE = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Gallery", "version": "1"},
    "paths": {
        "/catalogue": {
            "get": {
                "operationId": "catalogue",
                "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}}],
                "responses": {
                    "200": {"description": "What hangs."},
                    "400": {"description": "Refused."},
                    "404": {"description": "Nothing hangs yet.", "content": {"application/json": {"schema": {}}}},
                },
            }
        },
        "/pictures": {
            "post": {
                "operationId": "hang",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {**TITLE, "additionalProperties": False}}},
                },
                "responses": {
                    "201": {"description": "It hangs."},
                    "400": {"description": "Refused."},
                    "415": {"description": "No JSON."},
                },
            }
        },
    },
}


def gallery(folder: Path, bug: str = "") -> Project:
    """Return a project whose catalogue is refused until a picture hangs."""
    return Project(folder, "gallery", SPEC, {"BUG": bug}, target_lines='ready = "/"')


QUICK = ("--profile", "quick", "--only", "success", "--only", "coverage")


def test_what_is_refused_before_anything_is_there_accuses_nobody(tmp_path: Path) -> None:
    """A catalogue that is answered 404 until the first picture hangs: sent once more, it succeeds, and that is told."""
    report = gallery(tmp_path).verified(*QUICK)
    assert (set(), {}) == (report.errors, report.not_proven), report.text
    said = [note for note in report.notes if "before any other had succeeded" in note]
    assert 1 == len(said), report.notes
    assert said[0].endswith("each was sent once more, alone, when one had")


def test_what_is_refused_then_as_well_is_an_error(tmp_path: Path) -> None:
    """A later page of the catalogue is refused whatever hangs: some of its requests were early, and all are wrong."""
    report = gallery(tmp_path, "pages").verified(*QUICK)
    assert {"family-status"} == report.errors, report.text


def test_what_never_succeeds_is_told_once(tmp_path: Path) -> None:
    """A catalogue that is never there: no valid request of it succeeded, and no more is said of these requests."""
    report = gallery(tmp_path, "empty").verified(*QUICK)
    assert (set(), ["success of catalogue"]) == (report.errors, [*report.not_proven]), report.text
    assert not [note for note in report.notes if "before any other" in note], report.notes
