"""What has to be mended apart is told apart, though the contract promises the same answer for each of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

BODIES = {"malformed-body", "invalid-body", "unsupported-media-type"}
ONLY = ("success", "malformed-body", "invalid-body", "unsupported-media-type", "other-origins")


def clerk(folder: Path, bugs: str, says: str = "") -> Project:
    """Return a clerk with bugs."""
    text = {"type": "string", "minLength": 1, "maxLength": 40}
    note = {"type": "object", "required": ["text"], "additionalProperties": False, "properties": {"text": text}}
    take: dict[str, Any] = {
        "operationId": "take",
        "requestBody": {"required": True, "content": {"application/json": {"schema": note}}},
        "responses": {"201": {"description": "Taken."}, "400": {"description": "Refused."}},
    }
    info = {"title": "Notes", "version": "1"}
    spec = {"openapi": "3.1.0", "info": info, "paths": {"/notes": {"post": take}}}
    return Project(folder, "clerk", spec, {"BUGS": bugs, "SAYS": says})


def families(project: Project) -> list[set[str]]:
    """Return of each error the families of the cases that show it; none stands in a group with another one."""
    report = project.verified(*(word for name in ONLY for word in ("--only", name)), "--profile", "quick")
    errors = [one for one in report.value["findings"] if one["severity"] == "error"]
    assert len(errors) == sum(1 for group in report.value["groups"] if group[0] in {one["id"] for one in errors})
    return sorted(({case.partition("/")[0] for case in one["cases"]} for one in errors), key=sorted)


@pytest.mark.parametrize(
    ("bugs", "told"),
    [
        pytest.param("", [], id="none"),
        pytest.param("media", [{"unsupported-media-type"}], id="media types are not looked at"),
        pytest.param("text", [{"invalid-body"}], id="a text may be anything"),
        pytest.param("media text", [{"invalid-body"}, {"unsupported-media-type"}], id="both"),
        pytest.param("body", [BODIES], id="one reason of all: no body is read"),
        pytest.param("chunks", [{"malformed-body"}], id="no body in chunks is read"),
        pytest.param(
            "chunks media text",
            [{"invalid-body"}, {"malformed-body"}, {"unsupported-media-type"}],
            id="no body in chunks is read, and others are not looked at",
        ),
    ],
)
def test_what_is_taken(tmp_path: Path, bugs: str, told: list[set[str]]) -> None:
    """Who looks at no media type, and who at no text, has two things to mend; who reads no body has one."""
    assert told == families(clerk(tmp_path, bugs))


@pytest.mark.parametrize(
    ("says", "told"),
    [
        pytest.param("", [{"invalid-body"}, {"other-origins"}], id="other words"),
        pytest.param("Something went wrong", [{"invalid-body", "other-origins"}], id="the same words"),
    ],
)
def test_what_fails(tmp_path: Path, says: str, told: list[set[str]]) -> None:
    """Two failures that say something else are two; of two that say the same, the one explains the other."""
    assert told == families(clerk(tmp_path, "fails origin", says))
