"""Of two requests on a connection, the second may be refused for a name that is taken: it asks nothing of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

KEY = '[world.sessions.key]\nkind = "static"\ncallers = [{headers = {X-Key = "one"}}]'


def verified(folder: Path, bug: str, success: str = "success", cases: str = "sizes/late-*") -> Report:
    """Return what a run says of the target with a bug, of valid requests and of other cases."""
    thing = {"type": "object", "required": ["name"], "additionalProperties": False}
    thing |= {"properties": {"name": {"type": "string", "example": "first"}}}
    answers = {"201": "Taken.", "400": "No name.", "401": "No key.", "409": "The name is taken.", "413": "Large."}
    operation = {
        "operationId": "name",
        "security": [{"key": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": thing}}},
        "responses": {status: {"description": text} for status, text in answers.items()},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Names", "version": "1"},
        "paths": {"/names": {"post": operation}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }
    env = {"BUG": bug, "STALLED": str(folder / "stalled")}
    return Project(folder, "names", spec, env, KEY).verified("--only", success, "--only", cases)


@pytest.mark.parametrize(("bug", "laws"), [("", set()), ("rest", {"family-status"}), ("sticks", {"family-status"})])
def test_the_first_is_judged_as_what_it_is(tmp_path: Path, bug: str, laws: set[str]) -> None:
    """A large body without a key gets 413; what comes behind it is another request, whose name may be taken."""
    report = verified(tmp_path, bug)
    assert laws == report.errors, report.text


def test_the_first_is_sent_again_as_what_it_is(tmp_path: Path) -> None:
    """The second is not answered, nor is anything after it, once: started anew, the target is right of both."""
    report = verified(tmp_path, "stalls", "success/least")
    assert set() == report.errors, report.text
    assert ["a target that is there after sizes"] == list(report.not_proven), report.text


@pytest.mark.parametrize(("bug", "laws"), [("", set()), ("row", {"http-status"})])
def test_the_second_of_two_at_once_may_ask_for_what_is_taken(tmp_path: Path, bug: str, laws: set[str]) -> None:
    """Two requests at once have the same name: HTTP asks for no success there, unless a name is taken many times."""
    report = verified(tmp_path, bug, cases="framing/two-in-a-row")
    assert laws == report.warnings, report.text
    assert set() == report.errors, report.text
