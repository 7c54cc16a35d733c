"""`bothends provider`: the world's part, and a real service in a process of its own, are held to their pacts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

from bothends.reports import schema
from tests.cli.conftest import ROOT
from tests.pacts.pact_files import exchange, message, pact_json, to_ingest, wrapped, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Project, Snapshots

KEY = "a-real-event-key"
INGEST = "tests/cli/targets/ingest.py"


@pytest.fixture
def pacts(project: Project) -> Path:
    """The folder of this repository's pacts in the project."""
    project.replace("bothends.toml", "[target]\n", 'pacts = "pacts"\n\n[target]\n')
    return shutil.copytree(ROOT / "contracts" / "pacts", project.folder / "pacts")


@contextmanager
def running(*arguments: str) -> Iterator[str]:
    """Run an ingest in a process of its own; yield its base URL."""
    with subprocess.Popen(
        [sys.executable, str(ROOT / INGEST), *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest.mark.usefixtures("pacts")
@pytest.mark.parametrize(("name", "count"), [("ingest", 4), ("settings", 3)])
def test_the_parts_of_the_world_keep_their_pacts(name: str, count: int, project: Project) -> None:
    """Each state that a pact names is set, and each interaction holds; the report is that of `verify`."""
    told = project.call("provider", name, "--json", "-")
    report = json.loads(told.out)
    jsonschema_rs.validate(schema(), report)
    assert (0, "proven", count) == (told.code, report["verdict"], report["exchanges"])
    assert [(f"route-{name}.json", count, count)] == [
        (p["file"], p["interactions"], p["held"]) for p in report["pacts"]
    ]
    assert told.err.rstrip().endswith(": PROVEN")


def test_a_real_service_keeps_its_pact(project: Project, pacts: Path, snapshots: Snapshots) -> None:
    """What needs no state is verified, with the key in its path; what needs one is not proven: exit code 4."""
    with running(KEY) as url:
        told = project.call("provider", "ingest", "--url", url, "--event-key", KEY)
        assert 4 == told.code
        snapshots.check("provider-url", told.told)
        write(pacts, pact_json("ingest", without_state(pacts), consumer="route"), "route-ingest.json")
        told = project.call("provider", "ingest", "--url", url, "--event-key", KEY)
    assert 0 == told.code
    assert "PROVEN: 1 pact kept (1 interaction)" in told.out


@pytest.mark.usefixtures("pacts")
def test_a_real_service_that_breaks_its_pact(project: Project, snapshots: Snapshots) -> None:
    """It is named with what it promised and what it answered, and the line that asks again: exit code 1."""
    with running(KEY, "queued") as url:
        told = project.call("provider", "ingest", "--url", url, "--event-key", KEY, "--seed", "7")
    assert 1 == told.code
    assert KEY not in told.out
    snapshots.check("provider-url-broken", told.told)


@pytest.mark.usefixtures("pacts")
def test_the_key_of_the_settings_is_taken_where_none_is_given(project: Project) -> None:
    """Without it the pact's own example is sent, which no real ingest knows."""
    with running(KEY) as url:
        unknown = project.call("provider", "ingest", "--url", url, "--json", "-")
        project.replace("bothends.toml", "[world.ingest]\n", f'[world.ingest]\nevent_key = "{KEY}"\n')
        known = project.call("provider", "ingest", "--url", url, "--json", "-")
    assert ["broken", "not-proven"] == [json.loads(told.out)["verdict"] for told in (unknown, known)]


@pytest.mark.usefixtures("pacts")
def test_a_service_that_is_not_there(project: Project, snapshots: Snapshots) -> None:
    """Its address is named; exit code 3."""
    told = project.call("provider", "ingest", "--url", "http://127.0.0.1:1")
    snapshots.check("provider-not-there", told.told.replace(":1 ", ":PORT ").replace(", 1)", ", PORT)"))


def test_a_part_that_breaks_its_pact(project: Project, pacts: Path, snapshots: Snapshots) -> None:
    """The mistake is bothends' own or the pact's, and is told as such."""
    answer = {"status": 202, "body": wrapped({"queued": 1})}
    write(pacts, pact_json("ingest", {**to_ingest(), "response": answer}, consumer="route"), "route-ingest.json")
    (project.folder / "bothends.toml").rename(project.folder / "other.toml")
    told = project.call("provider", "ingest", "--seed", "7", "--config", "other.toml")
    assert 1 == told.code
    snapshots.check("provider-broken", told.told)


def test_nothing_to_verify(project: Project, pacts: Path, snapshots: Snapshots) -> None:
    """No pact, one without interactions, and a message prove nothing: exit code 4."""
    (pacts / "route-ingest.json").unlink()
    told = project.call("provider", "ingest")
    assert 4 == told.code
    snapshots.check("provider-no-pact", told.told)
    write(pacts, pact_json("ingest"), "empty.json")
    write(pacts, pact_json("ingest", message(wrapped({"name": "x"}))), "message.json")
    told = project.call("provider", "ingest")
    assert 4 == told.code
    snapshots.check("provider-nothing", told.told)


def test_what_pact_can_t_read(project: Project, pacts: Path) -> None:
    """The library's refusal is told with the place in the pact: exit code 2."""
    request = {"method": "POST", "path": "/e/key", "headers": {"not a name": ["x"]}}
    interaction = exchange(request, {"status": 200})
    write(pacts, pact_json("ingest", interaction), "route-ingest.json")
    told = project.call("provider", "ingest")
    assert 2 == told.code
    assert "route-ingest.json:6 /interactions/0: Pact's library can't verify 'it works'" in told.err


WRONG = {
    "unknown": ("ingset",),
    "key-without-url": ("ingest", "--event-key", KEY),
    "key-of-settings": ("settings", "--url", "http://127.0.0.1:1", "--event-key", KEY),
}


@pytest.mark.usefixtures("pacts")
@pytest.mark.parametrize("name", WRONG)
def test_a_call_that_makes_no_sense(name: str, project: Project, snapshots: Snapshots) -> None:
    """What was expected is told; exit code 2."""
    told = project.call("provider", *WRONG[name])
    assert 2 == told.code
    snapshots.check(f"provider-{name}", told.told)


def test_settings_without_pacts(project: Project, snapshots: Snapshots) -> None:
    """The key of the settings file that is missing is named; exit code 2."""
    told = project.call("provider", "ingest")
    assert 2 == told.code
    snapshots.check("provider-no-folder", told.told)


def without_state(pacts: Path) -> object:
    """Return the interaction of the ingest that needs no state."""
    interactions = json.loads((pacts / "route-ingest.json").read_text())["interactions"]
    return next(i for i in interactions if not i.get("providerStates"))
