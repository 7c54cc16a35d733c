"""A workbench: one request at a time, seen at both ends, with the world in the state that one asks for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.errors import ContractError, TargetError
from bothends.records import Answer, Exchange, Request
from bothends.workbench import Workbench
from tests.workbench import patient

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = Path(__file__).resolve().parents[2] / "bothends.toml"
TARGETS = Path(__file__).parent / "targets"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """Keep one workbench with the reference for all tests here."""
    with Workbench(patient.settings(tmp_path_factory.mktemp("bench"), 5), seed=3) as bench:
        yield bench


def status(exchange: Exchange) -> int:
    """Return the HTTP status of an answer that must be there."""
    assert isinstance(exchange.answer, Answer)
    return exchange.answer.status


def test_exchange_has_the_answer_the_call_and_the_event(bench: Workbench) -> None:
    """What one request brought about is in one record."""
    user = {"name": "Ada", "email": "ada@example.com", "image": None}
    exchange = bench.post(json={"data": "data"}, as_user=user)
    event = exchange.deliveries[0].event
    assert (status(exchange), len(exchange.calls), len(exchange.deliveries)) == (200, 1, 1)
    assert (event["user"], event["data"]["appSettings"]) == (user, exchange.calls[0].value)
    assert bench.check(exchange) == []


def test_each_request_has_a_user_of_its_own(bench: Workbench) -> None:
    """Unless one is named, no two exchanges are of the same user."""
    first, second = bench.post(), bench.post()
    assert first.session != second.session
    assert [bench.check(first), bench.check(second)] == [[], []]


@pytest.mark.parametrize(
    ("given", "expected", "events"),
    [
        (("the ingest is unreachable",), 503, 0),
        (("the settings answers 500",), 502, 0),
        (("the settings hangs",), 504, 0),
        (("signed out",), 401, 0),
        (("the session has expired", "the ingest answers 500"), 401, 0),
        (("the session is a bearer token",), 401, 0),
        (("the session's key is wrapped",), 401, 0),
        (("other cookies stand around the session",), 200, 1),
    ],
)
def test_states_of_the_world_bring_about_their_answers(
    bench: Workbench, given: tuple[str, ...], expected: int, events: int
) -> None:
    """A state holds within its block, the contract's answer comes, and no law is broken."""
    with bench.given(*given):
        exchange = bench.post(json={"data": "data"})
    assert (status(exchange), len(exchange.deliveries)) == (expected, events)
    assert bench.check(exchange) == []
    assert status(bench.post(json={"data": "data"})) == 200


def test_an_ingest_that_fails_once_is_tried_again(bench: Workbench) -> None:
    """A state that a target may come through leaves either answer right."""
    with bench.given("the ingest fails once"):
        exchange = bench.post(json={"data": "data"})
    assert (status(exchange), [d.attempt for d in exchange.deliveries]) == (200, [1, 2])
    assert bench.check(exchange) == []


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [(b"{", "application/json", 400), (b"[]", "application/json", 422), (b"{}", "text/plain", 415)],
)
def test_wrong_requests_are_judged_by_the_contract(
    bench: Workbench, body: bytes, media_type: str, expected: int
) -> None:
    """What the contract expects of a request by hand follows from the request."""
    exchange = bench.post(body=body, headers={"Content-Type": media_type})
    assert status(exchange) == expected
    assert expected in exchange.case.expect.statuses
    assert bench.check(exchange) == []


def test_doubtful_requests_may_be_answered_either_way(bench: Workbench) -> None:
    """Where right targets differ, any declared answer that is no server error is right."""
    exchange = bench.post(body=b'{"data": 1, "data": 2}', headers={"Content-Type": "application/json"})
    assert len(exchange.case.expect.statuses) > 1
    assert bench.check(exchange) == []


def test_other_methods_are_sent_as_they_are(bench: Workbench) -> None:
    """A request of another method is made, and must have sent nothing."""
    exchange = bench.send(Request("GET", "/api/route"))
    assert (status(exchange), exchange.deliveries) == (405, ())
    assert bench.check(exchange) == []


def test_addresses_are_those_of_the_world_and_the_target(bench: Workbench) -> None:
    """A person can see where everything listens."""
    assert {"target", "settings", "ingest"} <= set(bench.addresses)


def test_unknown_states_are_errors_of_the_call(bench: Workbench) -> None:
    """A sentence that the world does not know is named."""
    with bench.given("the moon is full"), pytest.raises(ContractError, match="the moon is full"):
        bench.post()


def test_operations_are_chosen_by_name(bench: Workbench) -> None:
    """A request is of the operation that is named, and an unknown name is an error of the call."""
    exchange = bench.post(operation="postRoute", path="/api/route?x=1")
    assert (exchange.case.operation, exchange.case.request.target) == ("postRoute", "/api/route?x=1")
    with pytest.raises(ContractError, match="one of postRoute"):
        bench.post(operation="getRoute")


def test_what_comes_late_breaks_laws_when_all_is_settled() -> None:
    """An event that is sent once more after the answer is found when one waits for it."""
    command = ("python", "tests/planted/event_again_later.py")
    with Workbench(CONFIG, command=command, env={"PYTHONPATH": str(CONFIG.parent)}) as bench:
        exchange = bench.post()
        seen = bench.check(exchange)  # it is there already where the machine is slow
        assert len(exchange.deliveries) == 1 + len(seen)
        bench.opened.run(asyncio.sleep(0.3))
        bench.post()
        assert ["one-event"] == list({breach.law for breach in (*seen, *bench.settle())})
        assert [] == bench.settle()


WITHIN = 4
"""Seconds in which an event of `late` must have come."""


def late(folder: Path, lost: int, seconds: float) -> Workbench:
    """Return a workbench whose target loses events at first, and sends the others so long after its answers."""
    spec = (CONFIG.parent / "openapi.yaml").read_text(encoding="utf-8")
    settings = CONFIG.read_text(encoding="utf-8").replace("\n[target]\n", "\n[target]\ntime_limit_ms = 4000\n")
    (folder / "openapi.yaml").write_text(
        spec.replace("x-delivery: acknowledged", f"x-delivery: {{within_ms: {WITHIN * 1000}}}")
    )
    (folder / "bothends.toml").write_text(settings.replace('pacts = "contracts/pacts"', ""))
    command = ("python", str(TARGETS / "late.py"), str(lost), str(seconds))
    return Workbench(folder / "bothends.toml", command=command, env={"PYTHONPATH": str(CONFIG.parent)})


def test_an_event_is_lost_when_it_had_its_time_whatever_was_lost_before(tmp_path: Path) -> None:
    """Requests do not wait for what mostly does not come; that it does not come is said when it can come no more."""
    with late(tmp_path, lost=4, seconds=0.8) as bench:
        lost, slow = [bench.post() for _ in range(4)], bench.post()
        assert [] == bench.check(slow)
        assert 1 == len(bench.latest(slow).deliveries)
        told = [breach.law for breach in bench.check(lost[-1])]
        waits = bench.opened.testbed.machine.waits(lost[-1].ended, lost[-1].ended + WITHIN)
        # A target that this machine has kept waiting for that long is accused of nothing.
        assert ["event-for-success"] == told or waits.total > WITHIN / 4


def test_targets_can_be_started_again() -> None:
    """A target that has died serves again after a restart, in the same world."""
    with Workbench(CONFIG) as bench:
        before = bench.addresses
        bench.restart()
        assert status(bench.post()) == 200
        assert before["settings"] == bench.addresses["settings"]


def test_closed_workbenches_say_so() -> None:
    """A workbench that was not opened tells what to do."""
    closed = Workbench(CONFIG)
    with pytest.raises(RuntimeError, match="Open the workbench first"):
        closed.post()
    with pytest.raises(RuntimeError, match="Open the workbench first"):
        closed.check(None)  # type: ignore[arg-type]  # it is not looked at
    with pytest.raises(RuntimeError, match="Open the workbench first"):
        _ = closed.opened


def test_targets_that_do_not_start_leave_nothing_behind() -> None:
    """What failed to open is closed again, and the target's fault is told."""
    failing = Workbench(CONFIG, command=("python", "-c", "raise SystemExit(9)"))
    with pytest.raises(TargetError, match="9"):
        failing.open()


def test_a_workbench_can_be_opened_again() -> None:
    """Closing one is for now, and closing twice is no error."""
    bench = Workbench(CONFIG)
    for _ in range(2):
        with bench:
            assert status(bench.post()) == 200
    bench.close()
