"""Tests by hand: the fixtures, and how a failing law reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.pytest_plugin.conftest import Project, Told

ROOT = Path(__file__).resolve().parents[2]

BY_HAND = """
from bothends.records import Request

ADA = {"name": "Ada", "email": "ada@example.com", "image": None}


def test_one_request_at_both_ends(contract, target):
    exchange = target.post(json={"data": "data"}, as_user=ADA)
    assert exchange.response.status == 200
    assert exchange.response.json() == {"success": "true"}
    assert [event["user"] for event in exchange.events] == [ADA]
    assert [call.upstream for call in exchange.upstream_calls] == ["settings"]
    assert [moment.who for moment in exchange.timeline.moments] == ["caller", "upstream", "event", "answer"]
    assert str(exchange.timeline).splitlines()[0].startswith("     0 ms  caller    POST /api/route")
    contract.check(exchange)


def test_states_of_the_world(contract, world, target):
    with world.given("the ingest is unreachable"):
        exchange = target.post(json={"data": "data"})
    assert (exchange.response.status, exchange.events) == (503, ())
    contract.check(exchange)
    assert target.post().response.status == 200
    world.given("the ingest answers 500").__enter__()


def test_begins_in_a_well_world(contract, target):
    exchange = target.post(headers={"Content-Type": "text/plain"}, body=b"data")
    assert exchange.response.status == 415
    assert "415" in repr(exchange.response)
    contract.check(exchange)


def test_callers_who_are_nobody(contract, world, target):
    exchange = target.post(signed_out=True)
    assert (exchange.response.status, exchange.deliveries) == (401, ())
    contract.check(exchange.record)
    assert target.url == world.addresses["target"]


def test_any_request(contract, target):
    exchange = target.send(Request("GET", "/api/route"))
    assert exchange.response.status == 405
    contract.check(exchange)
    assert "GET /api/route" in repr(exchange)
"""


def test_exchanges_are_seen_at_both_ends(project: Project) -> None:
    """A test sends a request, looks at both ends, and has it judged."""
    (project.folder / "test_hand.py").write_text(BY_HAND, "utf-8")
    result = project.pytest("test_hand.py")
    assert (0, {"passed": 5}) == (result.code, result.counts()), result.out


def test_a_broken_law_in_words(project: Project, told: Told) -> None:
    """The assertion tells promise, happening, exchange and law, and not the plugin's inside."""
    project.launch(ROOT / "tests" / "planted" / "swallowed_failure.py")
    text = """
def test_swallowed(contract, world, target):
    with world.given("the ingest is unreachable"):
        exchange = target.post(json={"data": "data"})
    contract.check(exchange)
"""
    (project.folder / "test_hand.py").write_text(text, "utf-8")
    result = project.pytest("test_hand.py")
    assert 1 == result.code
    failure = re.search(r"^_+ test_swallowed _+$\n(.*?)^=+ short", result.out, re.MULTILINE | re.DOTALL)
    assert failure, result.out
    told(failure[1])


def test_own_fixtures_of_the_same_name_win(project: Project) -> None:
    """Whoever has a fixture `world` keeps it, and the target starts all the same for the others."""
    text = """
import pytest

@pytest.fixture
def world():
    return "my own"

def test_world(world, target):
    assert world == "my own"
    assert target.post().response.status == 200
"""
    (project.folder / "test_hand.py").write_text(text, "utf-8")
    assert {"passed": 1} == project.pytest("test_hand.py").counts()


def test_settings_are_found_where_pytest_is_told(project: Project) -> None:
    """The key `bothends_config` of pytest's own settings names the file."""
    (project.folder / "bothends.toml").rename(project.folder / "route.toml")
    (project.folder / "test_hand.py").write_text("def test_it(target):\n    target.post()\n", "utf-8")
    missing = project.pytest("test_hand.py")
    assert ({"error": 1}, False) == (missing.counts(), "Traceback" in missing.out)
    assert "bothends.toml" in missing.out
    assert {"passed": 1} == project.pytest("test_hand.py", "-o", "bothends_config=route.toml").counts()
