"""What may be left over from the request before on a connection accuses nobody of the one that it came for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import bothends
from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

NOTE = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 40}},
}
SHOWS = ("--only", "[!fcs]*")
"""The cases by which it shows: among them those that are refused with a body."""
LEFT_OVER = "what follows on its connection is not answered"
ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def said(schema: Any) -> dict[str, Any]:
    """Return an answer of JSON."""
    return {"description": "", "content": {"application/json": {"schema": schema}}}


SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Notes", "version": "1"},
    "paths": {
        "/notes": {
            "post": {
                "operationId": "note",
                "requestBody": {"required": True, "content": {"application/json": {"schema": NOTE}}},
                "responses": {"201": said({"type": "object"}), "400": said(ERROR), "415": said(ERROR)},
            }
        }
    },
}


def verified(folder: Path, bug: str, *arguments: str) -> Report:
    """Return what a run says of the target with a bug."""
    return Project(folder, "keeper", SPEC, env={"BUG": bug}).verified("--profile", "quick", *(arguments or SHOWS))


def errors(report: Report) -> list[tuple[str, str]]:
    """Return the law and the cause of each error."""
    return [(one["law"], one["cause"]) for one in report.value["findings"] if one["severity"] == "error"]


def test_a_target_that_reads_all_is_proven(tmp_path: Path) -> None:
    """It keeps its connections, and what follows a refusal is answered."""
    report = verified(tmp_path, "")
    assert (0, []) == (report.code, errors(report)), report.text


@pytest.mark.parametrize("bug", ["unread", "unread-bare"])
def test_the_request_is_accused_that_is_not_read(tmp_path: Path, bug: str) -> None:
    """What the target says of the rest is no answer to the request after it; each time, it follows the refused one."""
    report = verified(tmp_path, bug)
    [(law, cause)] = errors(report)
    assert (1, "answered", LEFT_OVER) == (report.code, law, cause), report.text
    (found,) = (one for one in report.value["findings"] if one["severity"] == "error")
    assert ({"415"}, True) == ({one["status"] for one in found["instances"]}, found["reproduced"])
    assert "what follows on a connection" not in report.not_proven


def test_it_is_replayed_in_its_order(tmp_path: Path) -> None:
    """The replay file has both requests, and the finding shows by them."""
    (first, *_) = (one for one in verified(tmp_path, "unread-bare").value["findings"] if one["severity"] == "error")
    done = bothends(tmp_path, "replay", first["id"])
    assert 1 == done.returncode, done.stdout + done.stderr


def test_what_shows_once_accuses_nobody(tmp_path: Path) -> None:
    """Alone, the request is answered; in their order, the two are as well: that is not proven, and named once."""
    report = verified(tmp_path, "unread-once")
    assert ([], 4) == (errors(report), report.code), report.text
    why = report.not_proven["what follows on a connection"]
    assert " got no answer (not-http) after " in why


def test_an_answer_without_a_head_is_found(tmp_path: Path) -> None:
    """On a connection of its own it is the same: the request itself is answered so."""
    report = verified(tmp_path, "bare")
    assert {("answered", "refused, but not with 400 or 415")} == set(errors(report))
    assert "what follows on a connection" not in report.not_proven


def test_a_target_that_garbles_what_comes_on_a_kept_connection_is_found(tmp_path: Path) -> None:
    """Whatever the first request on a connection is, what follows it is not answered."""
    report = verified(tmp_path, "bare-later")
    assert [("answered", LEFT_OVER)] == errors(report), report.text
