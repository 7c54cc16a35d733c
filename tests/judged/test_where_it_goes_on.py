"""What a `Location` has in its query goes with the object there, and a later answer about the object has it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--profile", "quick", "--only", "success")


def uploads(folder: Path, bug: str = "") -> Project:
    """Return uploads with a bug."""
    text = {"type": "string", "minLength": 1, "maxLength": 40}
    where = {"headers": {"Location": {"required": True, "schema": {"type": "string"}}}}
    size = {"content": {"application/json": {"schema": {"type": "object", "required": ["size"]}}}}
    gone = {"404": {"description": "No such upload."}}
    content = {"application/octet-stream": {"example": "some bytes"}}

    def of(name: str, status: str, answer: Any, *, sends: bool = False) -> dict[str, Any]:
        body = {"requestBody": {"required": True, "content": content}} if sends else {}
        return {"operationId": name, "responses": {status: {"description": "Well.", **answer}, **gone}, **body}

    own = {
        "parameters": [
            {"name": "upload", "in": "path", "required": True, "schema": text},
            {"name": "state", "in": "query", "required": True, "schema": text},
        ],
        "get": of("show", "200", size),
        "patch": of("add", "202", where, sends=True),
        "put": of("end", "201", {}, sends=True),
    }
    paths = {"/uploads/": {"post": of("begin", "202", where)}, "/uploads/{upload}": own}
    spec = {"openapi": "3.1.0", "info": {"title": "Uploads", "version": "1"}, "paths": paths}
    return Project(folder, "uploads", spec, {"BUG": bug})


def test_each_request_goes_on_where_the_last_answer_says(tmp_path: Path) -> None:
    """Every operation succeeds, with the state of its upload in the query, and nothing is made up."""
    report = uploads(tmp_path).verified(*ONLY)
    assert (set(), []) == (report.errors, [one for one in report.not_proven if "id of" in one])
    assert all(one["seen"] for one in report.value["answers"] if one["status"].startswith("2"))


def test_what_fails_where_it_goes_on_is_found(tmp_path: Path) -> None:
    """Who asks for an upload that is there gets 500: to one without its state, 404 would be right."""
    report = uploads(tmp_path, "shown").verified(*ONLY)
    assert {"family-status"} == report.errors
