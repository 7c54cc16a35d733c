"""Events that come several in one delivery, each with a right target and wrong ones, in real processes."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.event_lists.project import EVENT, LIST, TARGET, UNTIL, Orders
from tests.in_process import bothends
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

LONG = pytest.mark.long
ONCE = {"attempts": "once", "identity": "/id"}
TIME, COUNT, REQUEST = ({"FLUSH": each} for each in ("time", "count", "request"))
AGAIN = "redelivery/hooks-answers-500"
CROWD = "crowd/distinct-users"
WRONG_TYPE = "event-schema provenance"
"""The laws that a value of another type breaks: it is not the value of the request either."""


def orders(folder: Path, env: dict[str, str], **changes: Any) -> Orders:
    """Return a project whose requests are as its target makes lists."""
    return Orders(folder, env=env, several=env["FLUSH"] == "request", **changes)


@pytest.mark.parametrize(
    ("env", "only"),
    [(TIME, AGAIN), (TIME, CROWD), (REQUEST, "success"), pytest.param(COUNT, CROWD, marks=LONG)],
    ids=["time again", "time at once", "request", "count at once"],
)
def test_a_right_target_is_proven(tmp_path: Path, env: dict[str, str], only: str) -> None:
    """Each item is an event of its own request, and comes again with others after a failure."""
    report = orders(tmp_path, env).verified(only)
    assert (set(), set(), "") == (report.laws, report.warnings, report.not_proven), report.text
    assert "PROVEN" in report.text


WAITS = ({"FLUSH": "time", "WAITS": "1"}, {"answer": "after", "identity": "/id"})


@pytest.mark.each_seed
@pytest.mark.parametrize("profile", ["quick", "default"])
@pytest.mark.parametrize(
    ("env", "delivery"),
    [(TIME, UNTIL), (COUNT, UNTIL), (REQUEST, UNTIL), WAITS],
    ids=["time", "count", "request", "answer after"],
)
def test_a_right_target_has_no_error_in_a_whole_run(
    tmp_path: Path, env: dict[str, str], delivery: dict[str, Any], profile: str, seed: int
) -> None:
    """Whatever makes the lists, and although faults are met by the events of several callers."""
    report = orders(tmp_path, env, delivery=delivery).verified(seed=seed, profile=profile)
    assert set() == report.laws, report.text


@pytest.mark.parametrize(
    ("env", "bug", "delivery", "only", "laws"),
    [
        pytest.param(REQUEST, "drops-last", UNTIL, "success", "event-for-success", id="one of a list is lost"),
        pytest.param(TIME, "drops-last", UNTIL, CROWD, "event-for-success", id="one of several requests is lost"),
        pytest.param(TIME, "doubles", UNTIL, "success", "one-event", id="one is doubled"),
        pytest.param(TIME, "same-twice", ONCE, "success", "attempted-once", id="one is there twice"),
        pytest.param(TIME, "swaps", UNTIL, CROWD, "provenance", id="callers are swapped"),
        pytest.param(TIME, "none", UNTIL, "success", "event-for-success", id="none is sent", marks=LONG),
        pytest.param(TIME, "wrong-type", UNTIL, "success", WRONG_TYPE, id="an item is wrong", marks=LONG),
        pytest.param(TIME, "new-identity", UNTIL, AGAIN, "same-identity", id="another identity", marks=LONG),
        pytest.param(TIME, "gives-up", UNTIL, AGAIN, "attempted-again", id="no other attempt"),
    ],
)
def test_a_wrong_target_is_named(  # noqa: PLR0913, PLR0917 -- a row of a table
    tmp_path: Path, env: dict[str, str], bug: str, delivery: dict[str, Any], only: str, laws: str
) -> None:
    """What is wrong with one item of a list is an error of the laws that name it.

    On a machine that is too busy to tell what is late from what is lost, that is said.
    """
    report = orders(tmp_path, env, delivery=delivery).verified(only, bug=bug)
    busy = any(one["what"] == "time" for one in report.value["not_proven"])
    assert report.laws == set(laws.split()) or (busy and not report.laws), report.text


def test_two_alike_in_one_list_are_not_proven(tmp_path: Path) -> None:
    """Where nothing identifies them, nobody knows whether they are one event or two."""
    report = orders(tmp_path, TIME, delivery={"attempts": "once"}).verified("success", bug="same-twice")
    assert set() == report.laws, report.text
    assert "the contract does not say what identifies one event" in report.not_proven


def test_what_lacks_its_identity_is_said_to_lack_it(tmp_path: Path) -> None:
    """The contract says what identifies an event: the error says that it has none, and no line asks for another."""
    delivery = {"attempts": "once", "identity": "/nothing"}
    report = orders(tmp_path, TIME, delivery=delivery).verified("success", bug="same-twice")
    assert "same-identity" in report.laws, report.text
    assert "does not say what identifies one event" not in report.text
    assert "they have no value at /nothing" in report.text


@pytest.mark.parametrize(("bug", "sent"), [("", 2), ("doubles", 3)], ids=["right", "doubled"])
def test_reports_say_which_item_of_which_list_an_event_is(tmp_path: Path, bug: str, sent: int) -> None:
    """In the lines of a run as in what is told of a finding; and that all of them came with one request."""
    lines = tmp_path / "lines.ndjson"
    report = orders(tmp_path, REQUEST).verified("success/example", "--ndjson", str(lines), bug=bug)
    judged = [one for one in map(json.loads, lines.read_text().splitlines()) if one["event"] == "exchange-judged"]
    told = [judged[0]["deliveries"], *(one["exchange"]["deliveries"] for one in report.value["findings"])]
    assert (1 + bool(bug), sent) == (len(told), len(told[0])), report.text
    for deliveries in told:
        items = [{"index": index, "of": len(deliveries)} for index in range(len(deliveries))]
        assert items == [one["item"] for one in deliveries]
        assert 1 == len({one["post"] for one in deliveries})


def test_an_empty_list_is_no_event(tmp_path: Path) -> None:
    """A target that sends one when it has nothing to say is right."""
    report = orders(tmp_path, TIME).verified("success", bug="empty")
    assert (set(), []) == (report.laws, report.value["not_proven"]), report.text


def test_a_list_that_is_one_event(tmp_path: Path) -> None:
    """With `events: one` it is judged as a whole; without, each item is one of two events."""
    report = orders(tmp_path, REQUEST, delivery={"events": "one"}, counts=False).verified("success/example")
    assert (set(), "") == (report.laws, report.not_proven), report.text
    report = orders(tmp_path, REQUEST, delivery={"identity": "/id"}, counts=False).verified("success/example")
    assert {"one-event"} == report.laws, report.text


@pytest.mark.parametrize("schema", [{"anyOf": [EVENT, LIST]}, {"oneOf": [LIST, EVENT]}], ids=["anyOf", "oneOf"])
def test_a_list_or_an_event_alone(tmp_path: Path, schema: dict[str, Any]) -> None:
    """A schema may have both; one that has lists alone takes no event alone."""
    env = {**TIME, "BARE": "1"}
    report = orders(tmp_path, env, schema=schema).verified("success")
    assert set() == report.laws, report.text
    report = orders(tmp_path, env).verified("success")
    assert {"event-schema"} == report.laws, report.text


def test_lists_of_what_the_schema_says_of_one_event(tmp_path: Path) -> None:
    """With `events: each`; without it, a list is no event of that schema."""
    report = orders(tmp_path, TIME, schema=EVENT, delivery={**UNTIL, "events": "each"}).verified("success")
    assert (set(), "") == (report.laws, report.not_proven), report.text
    report = orders(tmp_path, TIME, schema=EVENT).verified("success")
    assert "event-schema" in report.laws, report.text


def test_the_mock_sends_lists(tmp_path: Path) -> None:
    """The events of one answer go together, and a run against the mock finds nothing."""
    made = orders(tmp_path, REQUEST)
    made.write()
    report = tmp_path / "report.json"
    words = ["verify", "--command", "bothends mock --port {port}", "--only", "success", "--json", str(report)]
    done = bothends(tmp_path, *words)
    assert 0 == done.returncode, done.stdout + done.stderr
    laws = {law["law"]: law["judged"] for law in json.loads(report.read_text())["laws"]}
    assert min(laws["event-schema"], laws["event-for-success"]) > 0


def test_init_sees_lists(tmp_path: Path) -> None:
    """What arrives in lists is proposed as an array, with the sources of its items."""
    made = orders(tmp_path, TIME)
    made.write()
    spec = json.loads((tmp_path / "spec.json").read_text())
    del spec["paths"]["/orders"]["post"]["callbacks"]
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    command = f"{sys.executable} {TARGET}"
    done = bothends(tmp_path, "init", "--from", "spec.json", "--seed", "1", "--command", command)
    assert 0 == done.returncode, done.stdout + done.stderr
    (action,) = read_yaml(tmp_path / "bothends.overlay.yaml")["actions"]
    ((_, urls),) = action["update"]["callbacks"].items()
    callback = urls["{hooks}/orders"]["post"]
    schema = callback["requestBody"]["content"]["application/json"]["schema"]
    sources = {name: member.get("x-from") for name, member in schema["items"]["properties"].items()}
    assert ("array", True) == (schema["type"], callback["x-when"])
    assert ("answer.body#/order", "request.body#/item") == (sources["order"], sources["item"])
