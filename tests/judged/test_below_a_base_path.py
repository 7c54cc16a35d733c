"""Changes of one object meet where the target has a base path, too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--only", "success", "--only", "odd-headers", "--only", "coverage", "--profile", "quick")


def seats(folder: Path, bug: str = "") -> Project:
    """Return the seats with a bug."""
    label = {
        "type": "object",
        "required": ["label"],
        "additionalProperties": False,
        "properties": {"label": {"type": "string", "maxLength": 80}},
    }
    refused = {"description": "Refused."}
    change = {
        "operationId": "change",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": label}}},
        "responses": {"200": {"description": "Changed."}, **dict.fromkeys(("400", "404", "423", "415"), refused)},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Seats", "version": "1"},
        "paths": {
            "/seats": {"post": {"operationId": "make", "responses": {"201": {"description": "Made."}}}},
            "/seats/{id}": {"put": change},
        },
    }
    return Project(folder, "seats", spec, {"BUG": bug}, target_lines='base_path = "/v1"')


def test_a_change_that_meets_another_one_is_refused_rightly(tmp_path: Path) -> None:
    """What is refused among others is sent once more, alone, and succeeds."""
    report = seats(tmp_path).verified(*ONLY)
    assert set() == report.errors, report.text
    assert [note for note in report.notes if "answered 423 while others were under way" in note], report.notes


def test_a_change_that_is_refused_alone_is_found(tmp_path: Path) -> None:
    """A target that takes no long label says so to a request that meets no other one."""
    report = seats(tmp_path, "long").verified(*ONLY)
    assert {"family-status"} == report.errors, report.text
    assert "The answer is 423, not 200 (a valid request)." in report.text


def test_what_is_sent_on_a_connection_of_its_own_is_told_with_the_base_path(tmp_path: Path) -> None:
    """Each address in the archive of a run is one that was asked, however the request was sent."""
    archive = tmp_path / "run.har"
    seats(tmp_path).verified("--only", "slow-clients", "--profile", "quick", "--har", str(archive))
    entries = json.loads(archive.read_text("utf-8"))["log"]["entries"]
    paths = {urlsplit(entry["request"]["url"]).path for entry in entries}
    assert paths
    assert set() == {path for path in paths if not path.startswith("/v1/seats")}
