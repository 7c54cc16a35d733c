"""`bothends init` on a document that declares its events: what it lacks of them is found, and what is shared stays."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bothends.contract import load
from bothends.lint import Level, lint
from tests.in_process import bothends
from tests.made_once import made_once
from tests.ports import ports
from tests.scaffold.rentals import SPEC
from tests.scaffold.running import running
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OVERLAY = "bothends.overlay.yaml"
SETTINGS = "bothends.toml"
RENTED = "$.paths['/rentals'].post.callbacks.rented['{$request.body#/hookUrl}'].post"
RETURNED = "$.webhooks.returned.post"
BODY = ".requestBody.content['application/json'].schema"


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, int]]:
    """Run the service of rentals; return its base URL, and the port that its webhooks go to."""
    (ingest,) = ports(1)
    with running("tests/scaffold/rentals.py", str(ingest)) as url:
        yield url, ingest


def begin(folder: Path, service: tuple[str, int], spec: str) -> None:
    """Write settings that name the target and the ingest, and nothing more."""
    url, ingest = service
    tables = f'[target]\nurl = "{url}"\n[world.ingest]\nkind = "webhook"\nport = {ingest}\n'
    (folder / SETTINGS).write_text(f'spec = "{spec}"\n{tables}')


@pytest.fixture(scope="module")
def begun(service: tuple[str, int], shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that `init` has written into, with settings that name what it wrote."""

    def make(folder: Path) -> None:
        (folder / "openapi.json").write_text(json.dumps(SPEC, indent=2))
        begin(folder, service, "openapi.json")
        done = bothends(folder, "init", "--seed", "1")
        assert 0 == done.returncode, done.stderr

    folder = tmp_path_factory.mktemp("rentals")
    shutil.copytree(made_once(shared, "init-rentals", make), folder, dirs_exist_ok=True)
    begin(folder, service, "openapi.json")  # each worker has a service of its own
    text = (folder / SETTINGS).read_text("utf-8")
    (folder / SETTINGS).write_text(f'overlays = ["{OVERLAY}"]\npacts = "contracts/pacts"\n{text}')
    return folder


def test_what_declared_events_lack_is_proposed(begun: Path) -> None:
    """Which webhook is sent, when each is owed, and where values come from: beside a schema that answers share."""
    actions = read_yaml(begun / OVERLAY)["actions"]
    assert {
        f"{RENTED} x-when": {"x-when": True},
        f"{RENTED}{BODY} properties": {
            "properties": {
                "rental": {
                    "properties": {"id": {"x-from": "answer.body#/id"}, "bike": {"x-from": "request.body#/bike"}}
                }
            }
        },
        "$.components.schemas.Rented.properties.days x-from": {"x-from": "request.body#/days"},
        "$.paths['/returns'].post x-sends": {"x-sends": ["returned"]},
        f"{RETURNED} x-when": {"x-when": True},
        f"{RETURNED}{BODY}.properties.bike x-from": {"x-from": "request.body#/bike"},
    } == {
        f"{each['target']} {next(iter(each['update']))}": each["update"]
        for each in actions
        if "x-given" not in each["update"]
    }


def test_a_value_that_never_differs_is_unsure(begun: Path) -> None:
    """It stands in a comment; one that equals another one in some requests only is not told."""
    text = " ".join((begun / OVERLAY).read_text("utf-8").replace("#", " ").split())
    assert "unsure: the value of request.body /kind in 6 events; it never differed" in text
    assert "fee" not in text


def test_the_result_lints_and_makes_nothing_wrong(begun: Path) -> None:
    """A right service has no error, and the events of both operations are judged in full."""
    assert [] == [each for each in lint(begun / SETTINGS) if each.level is Level.ERROR]
    events = {event.name for event in load(begun / SETTINGS).events if event.walk.kinds}
    assert {"rented", "returned"} == events
    done = bothends(begun, "verify", "--only", "success", "--json", "report.json", "--seed", "1")
    report = json.loads((begun / "report.json").read_text("utf-8"))
    assert [] == report["findings"], done.stdout
    assert {"provenance", "event-schema", "event-for-success"} <= {
        law["law"] for law in report["laws"] if law["judged"]
    }


def test_the_first_pact_says_which_operation_sends_its_event(begun: Path) -> None:
    """Of several, a run has to know which to ask."""
    pact = json.loads((begun / "contracts/pacts/receiver-rentals.json").read_text("utf-8"))
    assert ["rented of rent"] == [each["description"] for each in pact["interactions"]]


def test_in_place_the_document_says_it_itself(service: tuple[str, int], tmp_path: Path) -> None:
    """Its own lines stay as they are."""
    text = yaml.safe_dump(json.loads(json.dumps(SPEC)), sort_keys=False)  # nothing in it is shared by an anchor
    (tmp_path / "openapi.yaml").write_text(text)
    begin(tmp_path, service, "openapi.yaml")
    done = bothends(tmp_path, "init", "--in-place", "--seed", "1", "--operation", "giveBack")
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = read_yaml(tmp_path / "openapi.yaml")
    event = found["webhooks"]["returned"]["post"]
    schema = event["requestBody"]["content"]["application/json"]["schema"]
    assert (["returned"], True) == (found["paths"]["/returns"]["post"]["x-sends"], event["x-when"])
    assert {"bike": "request.body#/bike"} == {
        name: member["x-from"] for name, member in schema["properties"].items() if "x-from" in member
    }
    assert set() == set(text.splitlines()) - set((tmp_path / "openapi.yaml").read_text("utf-8").splitlines())
