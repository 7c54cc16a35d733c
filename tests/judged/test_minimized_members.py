"""A minimized request is refused for the member that its case is about: no other one is changed into a new reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

EMAIL = "ada@example.com"
ONLY = ("--only", "success", "--only", "coverage", "--profile", "quick")


def accounts(folder: Path, bug: str) -> Project:
    """Return a project whose target makes accounts."""
    account: dict[str, Any] = {
        "type": "object",
        "required": ["email", "password"],
        "properties": {
            "email": {"type": "string", "format": "email"},
            "password": {"type": "string", "minLength": 1, "maxLength": 128},
            "name": {"type": "string", "maxLength": 40},
        },
        "additionalProperties": False,
    }
    example = {"email": EMAIL, "password": "a good password", "name": "Ada"}
    made = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    operation = {
        "operationId": "signUp",
        "requestBody": {"required": True, "content": {"application/json": {"schema": account, "example": example}}},
        "responses": {
            "201": {"description": "Made.", "content": {"application/json": {"schema": made}}},
            "400": {"description": "Refused.", "x-given": "malformed-body"},
            "415": {"description": "Refused.", "x-given": "unsupported-media-type"},
            "422": {"description": "Refused.", "x-given": "invalid-body"},
        },
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Accounts", "version": "1"},
        "paths": {"/accounts": {"post": operation}},
    }
    return Project(folder, "accounts", spec, {"BUG": bug}, target_lines='ready = "/"')


def test_a_right_target_is_proven(tmp_path: Path) -> None:
    """It takes each valid account."""
    report = accounts(tmp_path, "").verified(*ONLY)
    assert (0, set()) == (report.code, report.errors), report.text


def test_no_other_member_is_changed_into_another_reason(tmp_path: Path) -> None:
    """The password is too long in bytes: the email stays as it is usually sent, however much time there is to try."""
    report = accounts(tmp_path, "password").verified(*ONLY)
    bodies = [json.loads(one["request"]["body"]["text"]) for one in report.value["findings"]]
    assert bodies, report.text
    assert [(EMAIL, True)] * len(bodies) == [(each["email"], len(each["password"].encode()) > 72) for each in bodies]
