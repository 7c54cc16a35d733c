"""Events that come behind their answers are of no request that is refused meanwhile, unless that has sent them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """\
[world.ingests.hooks]
kind = "webhook"
[world.sessions.key]
kind = "static"
callers = [{headers = {X-Key = "key-of-ada-1f7"}}, {headers = {X-Key = "key-of-bob-92c"}}]
"""
TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 60}
FAMILIES = ("success", "signed-out", "invalid-body", "methods", "framing/signed-out-then-right")
BESIDE = ("--profile", "quick", *(word for family in FAMILIES for word in ("--only", family)))
"""Requests that succeed, and those that are refused beside them: some with the text of others, one behind another."""


def notes(folder: Path, *, given: bool = True, once: bool = False, **env: str) -> Project:
    """Return a service that sends an event behind each success; its document may say what its kind is.

    Args:
        folder: Where it is put.
        given: Whether the document says to whom each refusal is given.
        once: Whether the document says that an event is attempted once.
        env: What the service reads.
    """
    note = {"type": "object", "required": ["text"], "properties": {"text": TEXT}, "additionalProperties": False}
    event: dict[str, Any] = {
        "type": "object",
        "required": ["kind", "text"],
        "properties": {"kind": {"const": "taken"}, "text": {**TEXT, "x-from": "request.body#/text"}},
    }
    if env.get("CALL"):
        event["properties"]["call"] = {"type": "string", "x-from": "answer.header.X-Call-Id"}
    callback: dict[str, Any] = {
        "x-when": True,
        "requestBody": {"content": {"application/json": {"schema": event}}},
        "responses": {"200": {"description": "Thanks."}},
    }
    if once:
        callback["x-delivery"] = {"attempts": "once"}
    refusals = {"400": "invalid-body", "401": "signed-out", "415": "unsupported-media-type"}
    answers: dict[str, Any] = {
        status: {"description": "Refused."} | ({"x-given": family} if given else {})
        for status, family in refusals.items()
    }
    call = {"X-Call-Id": {"required": True, "schema": {"type": "string"}}}
    answers["201"] = {"description": "Taken.", "headers": call}
    operation = {
        "operationId": "take",
        "security": [{"key": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": note}}},
        "responses": answers,
        "callbacks": {"taken": {"{hooks}/notes": {"post": callback}}},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1"},
        "paths": {"/notes": {"post": operation}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }
    return Project(folder, "calls", spec, {"HOOK": "{world.hooks}/notes", **env}, SETTINGS)


@pytest.mark.parametrize(
    "again", ["0", "0.7", pytest.param("3", marks=pytest.mark.long)], ids=["once", "again", "again when it is over"]
)
@pytest.mark.parametrize("call", ["", "1"], ids=["its text", "its call too"])
def test_nobody_who_is_refused_is_accused_of_the_event_of_a_success(tmp_path: Path, call: str, again: str) -> None:
    """Not who shows no key on a connection with one who does, nor who asks for the options, nor who sends no note.

    Events may come again, a moment later: the contract does not say that they must not.
    """
    report = notes(tmp_path, CALL=call, AGAIN=again).verified(*BESIDE)
    assert set() == report.errors, report.text
    told = {"callback taken", "attribution of events"} if again != "0" else set()
    assert set() == report.not_proven.keys() - told, report.text


@pytest.mark.parametrize(
    ("bug", "call", "family"),
    [
        ("signed-out", "", "framing/signed-out-then-right"),
        ("refused", "", "invalid-body/"),
        ("options", "", "methods/options"),
        ("options", "1", "methods/options"),
    ],
)
def test_an_event_of_one_who_is_refused_is_told(tmp_path: Path, bug: str, call: str, family: str) -> None:
    """With the request that has sent it."""
    report = notes(tmp_path, CALL=call, BUG=bug).verified(*BESIDE)
    [found] = [one for one in report.value["findings"] if one["law"] == "no-event-without-success"]
    assert any(case.startswith(family) for case in found["cases"]), report.text
    assert found["tied"]["requests"] == 1, report.text


def test_a_repeated_event_is_of_no_one_who_is_signed_out(tmp_path: Path) -> None:
    """Nor where the document does not say what those are answered: an event beside the refusal may be another one's."""
    report = notes(tmp_path, given=False, AGAIN="0.7").verified(*BESIDE)
    assert set() == report.errors, report.text


def test_an_event_for_one_who_is_signed_out_is_told(tmp_path: Path) -> None:
    """Alone, it can be of no other request."""
    report = notes(tmp_path, given=False, BUG="signed-out").verified(*BESIDE)
    assert "sign-in-demanded" in report.errors, report.text


@pytest.mark.parametrize("again", ["0.7", pytest.param("3", marks=pytest.mark.long)])
def test_an_event_that_comes_again_is_of_the_request_that_sent_it_before(tmp_path: Path, again: str) -> None:
    """Its text names one request, which may be over by then: that one is accused, and none that is under way.

    Or several that succeeded with one text, where the next of them began before the event came again.
    """
    report = notes(tmp_path, once=True, AGAIN=again).verified(*BESIDE)
    assert {"attempted-once"} == report.errors, report.text
    [found] = [one for one in report.value["findings"] if one["law"] == "attempted-once"]
    assert 201 == found["exchange"]["answer"]["status"], report.text
    refused = ("invalid-body/", "signed-out/", "methods/options")
    assert [] == [case for case in found["cases"] if case.startswith(refused)], report.text
