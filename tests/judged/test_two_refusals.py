"""Two answers for callers who are signed out: one for who shows nothing, and one for a credential that is not right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
[world.sessions.key]
kind = "static"
callers = [
  {headers = {X-Key = "key-of-one"}, identity = {name = "one"}},
  {headers = {X-Key = "key-of-two"}, identity = {name = "two"}},
]
"""


def spec_of(nothing: Any, wrong: Any) -> dict[str, Any]:
    """Return the document of a door.

    Args:
        nothing: What leads to 401.
        wrong: What leads to 403.
    """
    content = {"application/json": {"schema": {"type": "object"}}}
    answers = {
        "200": {"description": "It is open.", "content": content},
        "401": {"description": "There is no key.", "content": content, "x-given": nothing},
        "403": {"description": "It is no right key.", "content": content, "x-given": wrong},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Door", "version": "1"},
        "security": [{"key": []}],
        "paths": {"/door": {"get": {"operationId": "open", "responses": answers}}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }


NONE, WRONG = ({"family": "signed-out", "credential": shown} for shown in ("none", "wrong"))


@pytest.mark.parametrize(
    ("bug", "nothing", "wrong", "told"),
    [
        ("", NONE, WRONG, set()),
        ("same", NONE, WRONG, {"family-status"}),
        ("swapped", NONE, WRONG, {"family-status"}),
        ("swapped", "signed-out", "signed-out", set()),
    ],
)
def test_each_answer_is_for_its_callers(tmp_path: Path, bug: str, nothing: Any, wrong: Any, told: set[str]) -> None:
    """Who shows nothing gets the one, and who shows a wrong key the other; where that is not said, either is right."""
    project = Project(tmp_path, "doors", spec_of(nothing, wrong), {"BUG": bug}, SETTINGS)
    report = project.verified("--only", "success", "--only", "signed-out")
    assert told == report.errors, report.text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"family": "signed-out", "credential": "bad"}, "'credential' is 'bad'"),
        ({"family": "forbidden", "credential": "wrong"}, "'credential' has no meaning for forbidden"),
    ],
)
def test_what_credential_can_not_be_is_told(tmp_path: Path, given: Any, told: str) -> None:
    """It is `none` or `wrong`, and of callers who are signed out."""
    project = Project(tmp_path, "doors", spec_of(NONE, given), {}, SETTINGS)
    done = project._run(*project.written(), "--only", "success")  # noqa: SLF001 -- it has no report
    assert (2, True) == (done.returncode, told in done.stdout + done.stderr), done.stdout + done.stderr


SIGNATURE = {"name": "X-Signature", "in": "header", "schema": {"type": "string"}}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"security": []}, {"family-status", "declared-status"}),
        ({"security": [], "parameters": [SIGNATURE]}, set()),
        ({}, set()),
    ],
)
def test_who_says_that_no_credential_is_needed_asks_for_none(tmp_path: Path, said: Any, told: set[str]) -> None:
    """`security: []` of the operation is its word; without it, or where something may stand for one, it is no error."""
    spec = spec_of(NONE, WRONG)
    del spec["security"], spec["components"]
    door = spec["paths"]["/door"]["get"]
    door["responses"] = {"200": door["responses"]["200"]}
    door |= said
    project = Project(tmp_path, "doors", spec)
    report = project.verified("--only", "success")
    assert report.errors <= told, report.text
    assert bool(told) == bool(report.errors), report.text
    assert bool(told) != ("success of open" in report.not_proven), report.text
