"""Where an event goes is what an upstream has said: the profile of the platform that calls, for instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
[world.upstreams.profiles]
path = "/profile"
answer = "openapi.json#/components/schemas/Profile"
{more}
[world.ingests.hooks]
kind = "webhook"
{ingest}
[world.sessions.platform]
kind = "static"
callers = [
  {{headers = {{X-Platform = "ada"}}, identity = {{name = "ada"}}}},
  {{headers = {{X-Platform = "bob"}}, identity = {{name = "bob"}}}},
]
wrong = [{{headers = {{X-Platform = "nobody"}}}}]
"""
FAILED = ("upstream-wrong", "upstream-unreachable", "upstream-timeout")
ABOUT = 'about = {"request.query.of" = "session.name"}'


def spec_of(webhook: dict[str, Any], key: str = "{upstream.profiles#/webhook}") -> dict[str, Any]:
    """Return the document of the parcels.

    Args:
        webhook: The schema of the address in a profile.
        key: That of the callback.
    """
    parcel = {"type": "object", "required": ["to"], "additionalProperties": False}
    parcel["properties"] = {"to": {"type": "string"}}
    taken = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    event: dict[str, Any] = {"type": "object", "required": ["id", "to"]}
    event["properties"] = {"id": {"x-from": "answer.body#/id"}, "to": {"x-from": "request.body#/to"}}
    told = {
        "x-when": True,
        "requestBody": {"content": {"application/json": {"schema": event}}},
        "responses": {"2XX": {"description": "Taken."}},
    }
    profile = {"type": "object", "required": ["name", "webhook"], "additionalProperties": False}
    profile["properties"] = {"name": {"type": "string"}, "webhook": webhook}
    post = {
        "operationId": "take",
        "requestBody": {"required": True, "content": {"application/json": {"schema": parcel}}},
        "responses": {
            "201": {"description": "Taken.", "content": {"application/json": {"schema": taken}}},
            "400": {"description": "It is no parcel.", "x-given": ["malformed-body", "invalid-body"]},
            "403": {"description": "No platform is named.", "x-given": "signed-out"},
            "415": {"description": "It is no JSON.", "x-given": "unsupported-media-type"},
            "502": {"description": "The profile can't be read.", "x-given": list(FAILED)},
        },
        "callbacks": {"taken": {key: {"post": told}}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Parcels", "version": "1"},
        "security": [{"platform": []}],
        "paths": {"/parcels": {"post": post}},
        "components": {
            "securitySchemes": {"platform": {"type": "apiKey", "in": "header", "name": "X-Platform"}},
            "schemas": {"Profile": profile},
        },
    }


def project(folder: Path, bug: str, more: str = "", *, public: bool = False, **spec: Any) -> Project:
    """Return the contract and its target.

    Args:
        folder: Where they are written.
        bug: What is wrong with the target.
        more: Lines of the table of the upstream.
        public: Whether profiles have addresses that a gateway leads to the receiver.
        spec: What is different in the document.
    """
    env = {"BUG": bug, "PROFILES": "{world.profiles}"}
    if public:
        env |= {"PUBLIC": "https://hooks.example", "PRIVATE": "{world.hooks}"}
    ingest = 'stands_for = "https://hooks.example"' if public else ""
    webhook = {"type": "string", "pattern": "^https://hooks[.]example/" if public else "^http://127[.]0[.]0[.]1:"}
    spec = spec_of(**{"webhook": webhook, **spec})
    return Project(folder, "platforms", spec, env, SETTINGS.format(more=more, ingest=ingest))


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize(
    ("bug", "told"),
    [("", set()), ("first", {"right-address"}), ("before", {"right-address"})],
)
def test_an_event_goes_where_the_upstream_has_said(tmp_path: Path, bug: str, told: set[str], *, public: bool) -> None:
    """Each answer has an address of its own, be it the receiver's or a public one that leads to it."""
    report = project(tmp_path, bug, public=public).verified("--only", "success", "--only", "crowd")
    assert told == report.errors, report.text
    if not bug:
        assert "callback taken" not in report.not_proven, report.text
        assert [one["came"] for one in report.value["events"]] > [10], report.text


@pytest.mark.parametrize(("more", "told"), [("", set()), (ABOUT, {"right-address"})])
def test_a_profile_of_another_platform_is_none_of_this_one(tmp_path: Path, more: str, told: set[str]) -> None:
    """Who is asked about whom is judged where the settings say it, and nowhere else."""
    report = project(tmp_path, "another", more).verified("--only", "success")
    assert told == report.errors, report.text


def test_the_right_target_keeps_what_the_settings_say(tmp_path: Path) -> None:
    """With whom calls are about, and with texts of the settings in answers, all that is right stays right."""
    more = f'{ABOUT}\nvalues = {{"/webhook" = "{{world.hooks}}/of/{{request.query.of}}/{{call}}"}}'
    report = project(tmp_path, "", more).verified("--only", "success", "--only", "upstream-un*")
    assert set() == report.errors, report.text
    assert {} == {what: why for what, why in report.not_proven.items() if what.startswith("callback")}, report.text


@pytest.mark.parametrize(
    ("more", "key", "told"),
    [
        ('values = {"/webhook" = "{world.hook}/x"}', "{upstream.profiles#/webhook}", "{world.hook}"),
        ('values = {"/webhook" = "ftp://nowhere"}', "{upstream.profiles#/webhook}", "does not fit its schema"),
        ("", "{upstream.profile#/webhook}", "there is no such upstream"),
        ("", "{upstream.profiles#/hook}", "which the answer of profiles does not allow"),
    ],
)
def test_what_can_not_be_is_told(tmp_path: Path, more: str, key: str, told: str) -> None:
    """A name that is none of the world's, a text that does not fit, an upstream and a place that are not there."""
    made = project(tmp_path, "", more, key=key)
    done = made._run(*made.written(), "--only", "success")  # noqa: SLF001 -- it has no report
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stdout + done.stderr
