"""An event that comes while a request is refused may be of another one: that the refused one sent it is a guess."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.settings import settings
from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = '[world.ingests.hooks]\nkind = "webhook"'
BESIDE = ("--only", "success", "--only", "invalid-body", "--only", "coverage", "--profile", "quick")
AT = "20"
"""The refused request with which a run ends early: others were refused before it, and more are to come."""


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
    report = project.verified(*BESIDE)
    laws = report.errors | report.warnings
    assert told == bool({"untouched-when-refused", "no-event-without-success"} & laws), report.text


@pytest.mark.parametrize(
    ("end", "bug", "told"), [("hangs", "", set()), ("exits", "", set()), ("exits", "told", {"untouched-when-refused"})]
)
def test_it_stays_a_guess_where_the_target_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, bug: str, told: set[str]
) -> None:
    """A target that hangs or exits meanwhile, once, is accused of no event for that."""
    monkeypatch.setattr(settings, "LEAST_JUDGED_TIME_LIMIT_MS", 2000)
    env = {"BUG": bug, "HOOK": "{world.hooks}", "END": end, "AT": AT, "ENDED": str(tmp_path / "ended")}
    project = Project(tmp_path, "news", spec_of(), env, SETTINGS, target_lines="time_limit_ms = 2000", once=True)
    report = project.verified(*BESIDE)
    assert (set(), told) == (report.errors, report.warnings), report.text
    assert "a target that is there after invalid-body" in report.not_proven, report.text


def test_it_stays_a_guess_where_the_run_is_cut_short(tmp_path: Path) -> None:
    """Whoever is interrupted repeats nothing alone, and accuses nobody."""
    there = tmp_path / "there"
    env = {"HOOK": "{world.hooks}", "AT": AT, "ENDED": str(there)}
    project = Project(tmp_path, "news", spec_of(), env, SETTINGS)
    words = [sys.executable, "-m", "bothends", *project.written(), *BESIDE]  # as a user does: it gets a signal
    run = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not there.exists() and run.poll() is None:
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate()
    report = project.report(subprocess.CompletedProcess(words, run.returncode, out))
    assert (130, set(), set()) == (report.code, report.errors, report.warnings), report.text


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
