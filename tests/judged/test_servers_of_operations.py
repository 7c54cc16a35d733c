"""Operations whose own `servers` put another path before theirs than the document does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--only", "success", "--profile", "quick")
ALONE = 'operations = ["report"]'


def _reading(name: str, member: str) -> dict[str, Any]:
    schema = {"type": "object", "required": [member], "properties": {member: {"type": "integer"}}}
    answer = {"description": "Shown.", "content": {"application/json": {"schema": schema}}}
    return {"operationId": name, "responses": {"200": answer}}


def halls(folder: Path, bug: str = "", top: str = "", at: str = "operation") -> Project:
    """Return the halls, whose report has `servers` of its own at the operation or at its path."""
    report, servers = _reading("report", "seats"), [{"url": "/v2"}]
    own = {"get": {**report, "servers": servers}} if at == "operation" else {"servers": servers, "get": report}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Halls", "version": "1"},
        "servers": [{"url": "https://halls.example.com/v1"}],
        "paths": {"/halls": {"get": _reading("halls", "halls")}, "/report": own},
    }
    return Project(folder, "halls", spec, {"BUG": bug}, top=top)


def test_an_operation_below_another_path_is_told_and_not_accused(tmp_path: Path) -> None:
    """The one below the run's base path is verified; the other one gets no request, and a line that helps."""
    report = halls(tmp_path).verified("--profile", "quick")
    assert set() == report.errors, report.text
    assert ["GET /report"] == [what for what in report.not_proven if "GET" in what], report.not_proven
    why = report.not_proven["GET /report"]
    assert "The `servers` put '/v2' before this path, and a run has one base path: here '/v1'." in why
    assert ALONE in why


@pytest.mark.parametrize("at", ["operation", "path"])
def test_alone_it_is_verified_where_its_own_servers_say(tmp_path: Path, at: str) -> None:
    """With settings of its own, its requests go below its own path: a right answer is proven, a wrong one found."""
    right = halls(tmp_path / "right", top=ALONE, at=at).verified(*ONLY)
    assert (set(), {}) == (right.errors, right.not_proven), right.text
    wrong = halls(tmp_path / "wrong", "report", ALONE, at).verified(*ONLY)
    assert {"answer-schema"} == wrong.errors, wrong.text
