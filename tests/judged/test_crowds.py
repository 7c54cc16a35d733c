"""A target that comes to a deadlock where several requests are under way at once, and one that is only slow then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.settings import settings
from bothends.engine.run import restarts
from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for an answer no longer than the settings say, and a few seconds for what comes after a crowd."""
    monkeypatch.setattr(settings, "LEAST_JUDGED_TIME_LIMIT_MS", 2000)
    monkeypatch.setattr(restarts, "LEAST_SILENCE", 5.0)


def told(folder: Path, bug: str) -> Report:
    """Return what a run says of the ledgers."""
    name = {"type": "string", "minLength": 1, "maxLength": 40}
    body = {"type": "object", "required": ["name"], "additionalProperties": False, "properties": {"name": name}}
    answers: dict[str, Any] = {
        "201": {"description": "Written."},
        "400": {"description": "Refused.", "x-given": "invalid-body"},
        "415": {"description": "Refused."},
    }
    content = {"application/json": {"schema": body}}
    move = {"operationId": "move", "requestBody": {"required": True, "content": content}, "responses": answers}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Ledgers", "version": "1"},
        "paths": {"/moves": {"post": move}},
    }
    project = Project(folder, "ledgers", spec, {"BUG": bug}, target_lines="time_limit_ms = 2000")
    return project.verified("--profile", "quick", "--only", "crowd/distinct-users")


@pytest.mark.parametrize("bug", ["order", "ends"])
def test_what_brings_a_target_down_only_at_once_is_found(tmp_path: Path, bug: str) -> None:
    """Each of its requests is served alone; sent at once, they bring it down each time."""
    report = told(tmp_path, bug)
    assert {"recovers"} == report.errors, report.text
    [found] = [one for one in report.value["findings"] if one["law"] == "recovers"]
    assert found["reproduced"], report.text
    assert "requests of move at once" in found["summary"], report.text
    assert "a target that is there after crowd" not in report.not_proven


def test_a_target_that_is_only_slow_in_a_crowd_is_accused_of_nothing(tmp_path: Path) -> None:
    """It answers in the end what it is asked after a crowd: that it was not there is not proven."""
    report = told(tmp_path, "slow")
    assert set() == report.errors, report.text
    assert "a target that is there after crowd" in report.not_proven, report.text
