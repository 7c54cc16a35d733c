"""`bothends verify` with pacts: all are verified, and whatever is wrong with one is told, never passed over."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from bothends.reports import schema
from tests.cli.conftest import ROOT
from tests.pacts import pact_files
from tests.pacts.pact_files import exchange, message, pact_json, signed_out, success, wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Project, Result, Snapshots

PROBLEM = "application/problem+json"


def signed_in(**more: Any) -> list[dict[str, Any]]:
    """Return the provider state of a signed-in user, as V3 and V4 write it."""
    return [{"name": "signed in as {user}", "params": {"user": pact_files.USER}}, *more.get("also", ())]


# What other tools write: V2 of pact-js and pact-ruby, V3 of pact-jvm (HTTP, and messages of their own list).
V2 = {
    "consumer": {"name": "web"},
    "provider": {"name": "route"},
    "interactions": [
        {
            "description": "it works",
            "providerState": f"signed in as {json.dumps(pact_files.USER)}",
            "request": {"method": "POST", "path": "/api/route", "body": {"data": "data"}},
            "response": {
                "status": 200,
                "headers": {"Content-Type": "application/json"},
                "body": {"success": "true"},
                "matchingRules": {"$.body.success": {"match": "type"}},
            },
        },
        {
            "description": "nobody is signed in",
            "provider_state": "signed out",
            "request": {"method": "post", "path": "/api/route", "headers": {"Content-Type": "application/json"}},
            "response": {"status": 401, "headers": {"Content-Type": PROBLEM}, "body": {"status": 401}},
        },
    ],
    "metadata": {"pactSpecificationVersion": "2.0.0"},
}
V3 = {
    "consumer": {"name": "web"},
    "provider": {"name": "route"},
    "interactions": [
        {
            "description": "the ingest is down",
            "providerStates": signed_in(also=[{"name": "the ingest answers {status}", "params": {"status": 500}}]),
            "request": {"method": "POST", "path": "/api/route", "body": {"data": 1}},
            "response": {
                "status": 502,
                "headers": {"Content-Type": PROBLEM},
                "body": {"title": "any", "status": 502},
                "matchingRules": {"body": {"$.title": {"combine": "AND", "matchers": [{"match": "type"}]}}},
            },
        }
    ],
    "metadata": {"pactSpecification": {"version": "3.0.0"}, "pact-jvm": {"version": "4.6.17"}},
}
V3_MESSAGES = {
    "consumer": {"name": "worker"},
    "provider": {"name": "route"},
    "messages": [
        {
            "description": "an event",
            "providerStates": signed_in(),
            "contents": {"name": "app/route.requested", "user": pact_files.USER, "ts": 1},
            "matchingRules": {"body": {"$.ts": {"combine": "AND", "matchers": [{"match": "integer"}]}}},
            "metaData": {"contentType": "application/json"},
        }
    ],
    "metadata": {"pactSpecification": {"version": "3.0.0"}},
}


@pytest.fixture
def pacts(project: Project) -> Path:
    """The folder of pacts of the project, still empty."""
    project.replace("bothends.toml", "[target]\n", 'pacts = "pacts"\n\n[target]\n')
    folder = project.folder / "pacts"
    folder.mkdir()
    return folder


def put(folder: Path, value: Any, name: str = "web-route.json") -> None:
    """Put a pact into the folder: a text as it is, anything else as JSON."""
    pact_files.write(folder, value, name)


def describe(project: Project, *more: str) -> Result:
    """Verify the pacts only."""
    return project.call("verify", "--seed", "7", "--only", "pact", *more)


def about_pacts(result: Result) -> str:
    """Return what is told, without the tables of answers, events and laws, which have their own tests."""
    text = re.sub(r"^(answer|event|law) .*\n(.+\n)+\n", "", result.told, flags=re.MULTILINE)
    text = re.sub(r"\b1[0-9]{12}\b", "MILLISECONDS", text)
    return re.sub(r"\d+ declared answers? seen, \d+ laws held", "... seen, ... held", text)


def test_all_pacts_are_verified(project: Project, pacts: Path, snapshots: Snapshots) -> None:
    """The table names each pact with its consumer, its provider and the number of its interactions."""
    shutil.copytree(ROOT / "contracts" / "pacts", pacts, dirs_exist_ok=True)
    result = describe(project, "--json", "report.json")
    snapshots.check("pacts-proven", about_pacts(result))
    report = json.loads((project.folder / "report.json").read_text())
    jsonschema_rs.validate(schema(), report)
    assert [(4, 4), (3, 3), (3, 3), (2, 2)] == [(p["interactions"], p["held"]) for p in report["pacts"]]


def test_pacts_of_other_tools_are_verified(project: Project, pacts: Path) -> None:
    """V2 and V3 over HTTP, and messages of V3, are verified as they were written."""
    for name, value in {"v2": V2, "v3": V3, "v3-messages": V3_MESSAGES}.items():
        put(pacts, value, f"{name}.json")
    result = describe(project)
    assert (0, "") == (result.code, result.err)
    assert "3 pacts kept (4 interactions)" in result.out


def test_a_new_pact_is_verified_on_the_next_run(project: Project, pacts: Path) -> None:
    """A consumer that nobody has heard of puts its pact into the folder, and no more."""
    put(pacts, pact_json("route", success()))
    assert "pact kept (1 interaction)" in describe(project).out
    put(pacts, pact_json("route", signed_out(), consumer="mobile"), "mobile-route.json")
    result = describe(project, "--verbose")
    assert 0 == result.code
    assert "2 pacts kept (2 interactions)" in result.out
    assert "mobile-route.json  mobile" in result.out


def test_a_broken_pact_is_told_side_by_side_and_replayed(project: Project, pacts: Path, snapshots: Snapshots) -> None:
    """Each place is told with what was promised and what happened; the replay tries that interaction alone."""
    answer = {"status": 200, "body": wrapped({"success": True, "id": "x"})}
    put(pacts, pact_json("route", {**success(), "response": answer}, signed_out()))
    project.replace("openapi.yaml", "const: 'true'", "enum: [true, 'true']")
    found = describe(project)
    snapshots.check("pact-broken", about_pacts(found))
    replay = found.out.split("bothends replay ")[1].split()[0]
    again = project.call("replay", replay)
    assert 1 == again.code
    assert "web-route.json  web       route                1       1" in again.out


NOT_PROVEN = {"no-interaction": pact_json("route"), "no-pact": None}


@pytest.mark.parametrize("name", NOT_PROVEN)
def test_what_says_nothing_is_not_proven(name: str, project: Project, pacts: Path, snapshots: Snapshots) -> None:
    """An empty folder, and a pact without interactions, pass nothing; exit code 4."""
    if NOT_PROVEN[name] is not None:
        put(pacts, NOT_PROVEN[name])
    result = describe(project)
    assert 4 == result.code
    snapshots.check(f"pact-{name}", about_pacts(result))


WRONG = {
    "unknown-state": pact_json("route", {**signed_out(), "providerStates": [{"name": "logged out"}]}),
    "state-of-nobody": pact_json(
        "route",
        {
            **success(),
            "providerStates": [
                {"name": "the {upstream} answers {status}", "params": {"upstream": "bank", "status": 500}}
            ],
        },
    ),
    "same-description": pact_json("route", success(), {**signed_out(), "description": "it works"}),
    "invalid-json": '{"consumer": {"name": "web"},\n "provider": {"name": "route"},\n "interactions": [}',
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_pact(name: str, project: Project, pacts: Path, snapshots: Snapshots) -> None:
    """File, line and pointer are named, and nothing is run; exit code 2."""
    put(pacts, WRONG[name])
    result = describe(project)
    assert (2, "") == (result.code, result.out)
    snapshots.check(f"pact-{name}", about_pacts(result))


def test_a_wrong_pact_is_told_before_all_else(project: Project, pacts: Path) -> None:
    """A whole run does not begin when one of its pacts can't be verified."""
    put(pacts, WRONG["unknown-state"])
    result = project.call("verify")
    assert (2, "") == (result.code, result.out)


def test_a_missing_folder(project: Project, pacts: Path, snapshots: Snapshots) -> None:
    """The folder that the settings name is not there; exit code 2."""
    pacts.rmdir()
    result = describe(project)
    snapshots.check("pact-no-folder", about_pacts(result))


CONTRADICTIONS = {
    "answer": pact_json("route", {**success(), "response": {"status": 200, "body": wrapped({"success": True})}}),
    "event": pact_json("route", message(wrapped({"name": "app/route.requested", "ts": "now"})), consumer="worker"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_pact_that_contradicts_the_spec(name: str, project: Project, pacts: Path, snapshots: Snapshots) -> None:
    """File, line and JSON pointer are named on both sides; exit code 1."""
    put(pacts, CONTRADICTIONS[name])
    result = describe(project)
    assert 1 == result.code
    snapshots.check(f"pact-contradicts-{name}", about_pacts(result))


def test_a_stand_in_that_keeps_no_pact_is_no_fault_of_the_target(
    project: Project, pacts: Path, snapshots: Snapshots
) -> None:
    """What the world's part answers otherwise than its pact says is told as such, and the target is let off."""
    anything = {"body": {"$": {"combine": "AND", "matchers": [{"match": "type"}]}}}
    answer = {"status": 200, "headers": {"ETag": ['"1"']}, "body": wrapped({**pact_files.SETTINGS, "features": {}})}
    interaction = exchange({"method": "GET", "path": "/settings"}, {**answer, "matchingRules": anything})
    put(pacts, pact_json("settings", interaction, consumer="route"), "route-settings.json")
    result = describe(project)
    assert 1 == result.code
    snapshots.check("pact-stand-in", about_pacts(result))


def test_one_pact_and_one_interaction_can_be_chosen(project: Project, pacts: Path) -> None:
    """`--only pact/FILE` and `--only pact/FILE/DESCRIPTION`; what is not there is told with what is."""
    put(pacts, pact_json("route", success(), signed_out()))
    put(pacts, pact_json("route", success(), consumer="mobile"), "mobile-route.json")
    assert "1 pact kept (2 interactions)" in project.call("verify", "--only", "pact/web-route.json").out
    assert "1 pact kept (1 interaction)" in project.call("verify", "--only", "pact/web-route/nobody is signed in").out
    missing = project.call("verify", "--only", "pact/web-route/nobody")
    assert 2 == missing.code
    assert "expected: one of web-route/it works, web-route/nobody is signed in" in missing.err
