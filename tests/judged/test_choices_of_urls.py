"""Where a contract has a choice of URLs, a request has one of them: no other URL would be valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["https://protocols.example.com/first/1.0", "https://protocols.example.com/second/1.0"]
ONLY = ("--only", "success", "--only", "invalid-body", "--only", "coverage")


def protocols(folder: Path, bug: str = "") -> Project:
    """Return the invitations with a bug."""
    schema = {
        "type": "object",
        "required": ["protocol"],
        "additionalProperties": False,
        "properties": {"protocol": {"enum": NAMES}},
    }
    invite = {
        "operationId": "invite",
        "parameters": [{"name": "profile", "in": "query", "required": True, "schema": {"enum": NAMES}}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {
            "201": {"description": "Made."},
            "400": {"description": "Refused.", "x-given": "invalid-body"},
            "415": {"description": "No JSON."},
        },
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Protocols", "version": "1"},
        "paths": {"/invitations": {"post": invite}},
    }
    return Project(folder, "protocols", spec, {"BUG": bug})


def test_a_choice_of_urls_is_sent_as_it_stands(tmp_path: Path) -> None:
    """A target that takes both of them, and no other one, is proven."""
    report = protocols(tmp_path).verified(*ONLY)
    assert set() == report.errors, report.text
    assert {} == report.not_proven, report.text


def test_the_usual_request_is_one_that_is_sent(tmp_path: Path) -> None:
    """`success/usual` names a case that there is."""
    report = protocols(tmp_path).verified("--only", "success/usual")
    assert 0 == report.code, report.text


@pytest.mark.parametrize("bug", ["second", "third"])
def test_another_choice_is_found(tmp_path: Path, bug: str) -> None:
    """A target that lacks one of them is told, and so is one that takes any."""
    report = protocols(tmp_path, bug).verified(*ONLY)
    assert {"family-status"} == report.errors, report.text
