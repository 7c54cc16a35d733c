"""The spec first: it is edited, the reference and the mock follow while they run, and `diff` says whom an edit breaks.

Three things are added to the project's own contract: a member to the answer, a constant to the event, an error of its
own for an ingest that fails. Each is then taken away again.
"""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import bothends
from tests.ports import ports
from tests.reference.endpoint import ACKNOWLEDGED, EVENT_KEY, ROOT, SECRET, SETTINGS, Endpoint
from tests.reference.stub import Stub, answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Edit = tuple[tuple[str, str], ...]
LONGEST_WAIT = 60.0
ADDED: dict[str, Edit] = {
    "a member of the answer": (
        ("      required: [success]\n", "      required: [success, queue]\n"),
        ("          const: 'true'\n", "          const: 'true'\n        queue: {enum: [fast, slow]}\n"),
        ("{value: {success: 'true'}}", "{value: {success: 'true', queue: slow}}"),
    ),
    "a constant of the event": (
        ("          required: [appSettings]\n", "          required: [appSettings, source]\n"),
        (
            "              x-from: upstream.settings\n",
            "              x-from: upstream.settings\n            source: {const: web}\n",
        ),
    ),
    "an error": (
        (
            "        '503':\n",
            """        '507':
          description: The ingest can't store the event.
          x-given: {family: upstream-wrong, upstream: ingest}
          content:
            application/problem+json: {schema: {$ref: '#/components/schemas/Problem'}}
        '503':
""",
        ),
    ),
}
"""What is added: texts of `openapi.yaml`, and what takes their places."""
ADA = {"name": "signed in as {user}", "params": {"user": {"email": "ada@example.com", "image": None, "name": "Ada"}}}
FAILING = {"name": "the {upstream} answers {status}", "params": {"upstream": "ingest", "status": 500}}
BROKEN = {
    "a member of the answer": ("callers of POST /api/route", "dashboard", "/interactions/0"),
    "a constant of the event": ("consumers of event routeRequested of POST /api/route", "audit", "/interactions/0"),
    "an error": ("callers of POST /api/route", "dashboard", "/interactions/1"),
}
"""Whom it breaks that something is taken away again, and what says that somebody relies on it."""


def with_(*names: str) -> str:
    """Return the project's contract with what is added."""
    text = (ROOT / "openapi.yaml").read_text("utf-8")
    for name in names:
        for old, new in ADDED[name]:
            assert 1 == text.count(old), old
            text = text.replace(old, new)
    return text


def json_content(value: Any, media_type: str = "application/json") -> dict[str, Any]:
    """Return a body as pacts have it."""
    return {"content": value, "contentType": media_type, "encoded": False}


def call(description: str, states: list[Any], status: int, body: dict[str, Any]) -> dict[str, Any]:
    """Return an interaction: a request for the route, and what its caller reads of the answer."""
    return {
        "type": "Synchronous/HTTP",
        "description": description,
        "providerStates": states,
        "request": {"method": "POST", "path": "/api/route", "body": json_content({"data": "data"})},
        "response": {"status": status, "body": body},
    }


def consumers(folder: Path) -> None:
    """Write the pacts of two consumers that know of what is new, beside those of the project, which do not."""
    success = json_content({"success": "true", "queue": "slow"})
    full = json_content({"status": 507}, "application/problem+json")
    event = {
        "type": "Asynchronous/Messages",
        "description": "an event of the web",
        "providerStates": [ADA],
        "contents": json_content({"name": "app/route.requested", "data": {"source": "web"}}),
        "metadata": {"contentType": "application/json"},
    }
    written = {
        "dashboard": [call("it is queued", [ADA], 200, success), call("the ingest is full", [ADA, FAILING], 507, full)],
        "audit": [event],
    }
    for name, interactions in written.items():
        pact = {
            "consumer": {"name": name},
            "provider": {"name": "route"},
            "interactions": interactions,
            "metadata": {"pactSpecification": {"version": "4.0"}},
        }
        (folder / "contracts" / "pacts" / f"{name}-route.json").write_text(json.dumps(pact, indent=1), "utf-8")


def route_with_its_new_event(folder: Path) -> None:
    """Write the route's own pact with the ingest anew: it says what the route sends."""
    file = folder / "contracts" / "pacts" / "route-ingest.json"
    pact = json.loads(file.read_text("utf-8"))
    for each in pact["interactions"]:
        event = each["request"]["body"]["content"]
        if isinstance(event, dict) and "data" in event:
            event["data"]["source"] = "web"
    file.write_text(json.dumps(pact), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the project: its contract before and after the edits, its settings and all pacts."""
    (tmp_path / "old.yaml").write_text(with_(), "utf-8")
    (tmp_path / "openapi.yaml").write_text(with_(*ADDED), "utf-8")
    settings = (ROOT / "bothends.toml").read_text("utf-8").replace("[target]\n", f'[target]\ncwd = "{ROOT}"\n')
    (tmp_path / "bothends.toml").write_text(settings, "utf-8")
    shutil.copytree(ROOT / "contracts" / "pacts", tmp_path / "contracts" / "pacts")
    route_with_its_new_event(tmp_path)
    consumers(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def upstreams() -> Iterator[tuple[Stub, Stub]]:
    """The settings service and the ingest."""
    acknowledged = answers(200, ACKNOWLEDGED, "Content-Type: text/plain; charset=utf-8")
    with Stub(answers(200, SETTINGS, "Content-Type: application/json")) as settings, Stub(acknowledged) as ingest:
        yield settings, ingest


def until_followed(endpoint: Endpoint) -> None:
    """Wait until the answer has the new member; the reference is gone for a moment while it starts anew."""
    deadline = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            if "queue" in endpoint.ask().json:
                return
        except (ConnectionError, ValueError):
            pass
        assert time.monotonic() < deadline, endpoint.said()
        time.sleep(0.05)


@pytest.mark.parametrize("who", ["reference", "mock"])
def test_what_runs_follows(who: str, folder: Path, upstreams: tuple[Stub, Stub]) -> None:
    """While it runs, three edits at once change the answer, the event and the error of an ingest that fails."""
    settings, ingest = upstreams
    shutil.copy(folder / "openapi.yaml", folder / "new.yaml")
    shutil.copy(folder / "old.yaml", folder / "openapi.yaml")
    (port,) = ports(1)
    program = {
        "reference": ("-m", "reference", "--reload"),
        "mock": ("-m", "bothends", "mock", "--reload", "--config", str(folder / "bothends.toml")),
    }[who]
    env = {
        "OPENAPI_FILE": str(folder / "openapi.yaml"),
        "PORT": str(port),
        "SETTINGS_URL": f"{settings.url}/settings",
        "INNGEST_BASE_URL": ingest.url,
        "INNGEST_EVENT_KEY": EVENT_KEY,
        "NEXTAUTH_SECRET": SECRET,
    }
    with Endpoint(env, program, rf":({port})\b") as endpoint:
        endpoint.port = port
        ingest.next.append(answers(400))
        assert 502 == endpoint.ask().status
        ingest.received.clear()
        assert (200, {"success": "true"}) == ((answer := endpoint.ask()).status, answer.json)
        assert {"appSettings"} == set(ingest.received[-1].json["data"])
        (folder / "new.yaml").replace(folder / "openapi.yaml")
        until_followed(endpoint)
        ingest.received.clear()
        assert (200, {"success": "true", "queue": "slow"}) == ((answer := endpoint.ask()).status, answer.json)
        assert {"appSettings": SETTINGS, "source": "web"} == ingest.received[-1].json["data"]
        ingest.next.append(answers(400))
        assert 507 == endpoint.ask().status
        assert 0 == endpoint.stop()


@pytest.mark.parametrize("command", ["python -m reference", "bothends mock"])
def test_consumers_that_know_and_those_that_do_not_are_content(command: str, folder: Path) -> None:
    """By Pact's own library: the pacts of before the edits, and those of consumers that use what is new."""
    command += f" --config {folder / 'bothends.toml'}" if "mock" in command else ""
    report = folder / "report.json"
    words = ["verify", "--command", command, "--only", "pact", "--json", str(report)]
    done = bothends(folder, *words, env={"OPENAPI_FILE": str(folder / "openapi.yaml")}, measured=False)
    found = json.loads(report.read_text("utf-8"))
    assert [] == [each["law"] for each in found["findings"]], done.stdout
    assert sum(law["judged"] for law in found["laws"]) > 0


def test_what_is_added_breaks_nobody(folder: Path) -> None:
    """Each of the three is compatible, and is listed."""
    done = bothends(folder, "diff", "old.yaml", "openapi.yaml", "--all")
    assert 0 == done.returncode, done.stdout
    assert "The answer 507 is new." in done.stdout
    assert "BREAKS" not in done.stdout
    compatible = [line for line in done.stdout.splitlines() if line.startswith("compatible")]
    assert {"compatible for callers of POST /api/route"} < set(compatible)


@pytest.mark.parametrize("name", ADDED)
def test_what_is_taken_away_breaks_who_relies_on_it(name: str, folder: Path) -> None:
    """Whom it breaks, with the pact and the interaction that use it; the pacts that do not know of it are not named."""
    (folder / "less.yaml").write_text(with_(*(each for each in ADDED if each != name)), "utf-8")
    done = bothends(folder, "diff", "openapi.yaml", "less.yaml")
    whom, consumer, pointer = BROKEN[name]
    lines = done.stdout.splitlines()
    assert (1, [f"BREAKS {whom}"]) == (done.returncode, [line for line in lines if line.startswith("BREAKS")]), lines
    [relied] = {line.split(" by ")[1] for line in lines if "relied on" in line and "pacts/" in line}
    assert relied.startswith(f"{consumer}: contracts/pacts/{consumer}-route.json:"), relied
    assert f" {pointer} " in relied
    assert not any(old in done.stdout for old in ("web-route", "worker-route"))
