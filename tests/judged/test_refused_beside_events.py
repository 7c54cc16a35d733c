"""An event that comes while a request is refused may be of another one: that the refused one sent it is a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = '[world.ingests.hooks]\nkind = "webhook"'


def spec_of() -> dict[str, Any]:
    """Return the document of a service that sends news to who has asked for it."""
    news = {"type": "object", "required": ["text"], "additionalProperties": False}
    news["properties"] = {"text": {"type": "string", "minLength": 1, "maxLength": 60}}
    event = {"type": "object", "required": ["news"], "properties": {"news": {"const": True}}}
    callback = {
        "x-when": False,
        "requestBody": {"content": {"application/json": {"schema": event}}},
        "responses": {"200": {"description": "Taken."}},
    }
    answers = {"201": "Taken.", "400": "No news.", "404": "Nothing.", "415": "No JSON."}
    operation = {
        "operationId": "tell",
        "requestBody": {"required": True, "content": {"application/json": {"schema": news}}},
        "responses": {status: {"description": text} for status, text in answers.items()},
        "callbacks": {"told": {"{hooks}/news": {"post": callback}}},
    }
    info = {"title": "News", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": {"/news": {"post": operation}}}


@pytest.mark.parametrize(("bug", "told"), [("", False), ("told", True)])
def test_a_refused_request_is_warned_of_for_its_own_event_alone(tmp_path: Path, bug: str, told: bool) -> None:  # noqa: FBT001 -- as the row says
    """Events of news come late; only where a refused request sends one each time it is alone, that is told."""
    project = Project(tmp_path, "news", spec_of(), {"BUG": bug, "HOOK": "{world.hooks}"}, SETTINGS)
    report = project.verified("--only", "success", "--only", "invalid-body", "--only", "coverage", "--profile", "quick")
    laws = report.errors | report.warnings
    assert told == bool({"untouched-when-refused", "no-event-without-success"} & laws), report.text


def test_what_two_operations_send_is_told_once(tmp_path: Path) -> None:
    """The document declares one webhook, and no source of its values."""
    spec = spec_of()
    news = spec["paths"]["/news"]["post"]
    [event] = news.pop("callbacks")["told"].values()
    spec["webhooks"] = {"told": event}
    spec["paths"] = {
        f"/{name}": {"post": {**news, "operationId": name, "x-sends": ["told"]}} for name in ("news", "papers")
    }
    report = Project(tmp_path, "news", spec, {"HOOK": "{world.hooks}"}, SETTINGS).verified("--only", "success")
    told = [one for one in report.value["not_proven"] if one["why"].startswith("No x-from says")]
    assert ["callback told"] == [one["what"] for one in told], report.text
