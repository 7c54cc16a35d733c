"""An observer ties what the world sees to calls that another client makes, one at a time or several."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from schemathesis import Response

from bothends import schemathesis_hooks as session
from bothends.engine.play import pending
from bothends.engine.play.manual import asked
from bothends.engine.testbed.machine import Waits
from bothends.records import Credential, NoAnswer, Request
from bothends.schemathesis_hooks import SchemathesisObserver
from bothends.workbench import Workbench
from tests.workbench import patient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Answer, Breach

ROOT = Path(__file__).resolve().parents[2]
ENV = {"PYTHONPATH": str(ROOT)}
NOBODY = Credential()


class Caller:
    """A client of somebody else's."""

    def __init__(self, bench: Workbench) -> None:
        """Take a workbench that is open."""
        self._bench = bench
        self.observer = SchemathesisObserver(bench)

    def begin(self, call: str) -> Credential:
        """Sign in, and begin a call."""
        credential = self.observer.sign_in()
        self.observer.begin(call, [value for _, value in credential.cookies])
        return credential

    def send(
        self, credential: Credential = NOBODY, *, lost: bool = False
    ) -> tuple[Request, NoAnswer | requests.Response]:
        """Send a good request."""
        url = f"{self._bench.addresses['target']}/api/route"
        got = requests.post(url, json={"data": 1}, cookies=dict(credential.cookies), timeout=10)
        return session.sent_translation(got.request), session.no_answer(got.request) if lost else got

    def end(self, call: str, sent: Request, got: NoAnswer | requests.Response) -> list[str]:
        """End a call; return the laws that it has broken."""
        answer = got if isinstance(got, NoAnswer) else _answer(got)
        operation = self._bench.contract.operations[0]
        return laws(self.observer.end(call, operation, asked(sent, session="cookie"), sent, answer))


def _answer(got: requests.Response) -> Answer:
    return session.answer(Response.from_requests(got, verify=True))


def laws(breaches: list[Breach]) -> list[str]:
    """Return the names of laws."""
    return [breach.law for breach in breaches]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """Keep one workbench with the reference for all tests here."""
    with Workbench(patient.settings(tmp_path_factory.mktemp("bench"), 20), seed=5) as bench:
        yield bench


def test_calls_under_way_together_are_told_apart(bench: Workbench) -> None:
    """The event of a call that is not over waits until it is, however many end meanwhile."""
    caller = Caller(bench)
    cookies = caller.begin("slow")
    sent = caller.send(cookies)

    def other(number: int) -> list[str]:
        return caller.end(f"other {number}", *caller.send(caller.begin(f"other {number}")))

    with ThreadPoolExecutor(3) as threads:
        assert [[]] * 6 == list(threads.map(other, range(6)))
    assert [] == caller.end("slow", *sent)
    assert [] == caller.observer.settle()


def test_signed_out_calls_have_no_event(bench: Workbench) -> None:
    """A call without a session is answered 401, and judged as that."""
    caller = Caller(bench)
    caller.observer.begin("out", [])
    assert [] == caller.end("out", *caller.send())


def test_an_event_that_nobody_called_for_is_told_at_the_end(bench: Workbench) -> None:
    """A second event of a caller whose call is over comes late; one of a user whom nobody knows is a phantom."""
    caller = Caller(bench)
    cookies = caller.begin("a")
    assert [] == caller.end("a", *caller.send(cookies))
    caller.send(cookies)
    assert ["one-event"] == laws(caller.observer.settle())
    stranger = Caller(bench)
    for _ in range(3):
        cookies = stranger.observer.sign_in()
    stranger.send(cookies)
    assert ["no-phantom"] == laws(caller.observer.settle())


def test_answers_that_are_lost_leave_the_event_in_its_place(bench: Workbench) -> None:
    """A call without an answer is over as well: the next one is not blamed for its event."""
    caller = Caller(bench)
    caller.end("a", *caller.send(caller.begin("a"), lost=True))
    assert [] == caller.end("b", *caller.send(caller.begin("b")))
    assert [] == caller.observer.settle()


def test_calls_that_never_came_to_be_block_nothing(bench: Workbench) -> None:
    """A call that was begun and never sent is forgotten when its thread begins another."""
    caller = Caller(bench)
    caller.begin("never")
    assert [] == caller.end("b", *caller.send(caller.begin("b")))
    assert [] == caller.end("unknown", *caller.send(caller.observer.sign_in()))


def test_a_swallowed_event_is_missed() -> None:
    """Where the answer promises an event, it is waited for, and missed when it does not come."""
    command = ("python", "tests/planted/event_not_sent.py")
    with Workbench(ROOT / "bothends.toml", command=command, env=ENV) as bench:
        caller = Caller(bench)
        assert ["event-for-success"] == caller.end("a", *caller.send(caller.begin("a")))


@pytest.mark.parametrize(("kept_waiting", "broken"), [(0.0, ["event-for-success"]), (1.0, [])], ids=["well", "busy"])
def test_time_without_a_processor_is_no_time_of_an_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_waiting: float, broken: list[str]
) -> None:
    """An event that no answer waits for is lost when it had its time; what the machine took is no part of that."""
    command = ("python", str(ROOT / "tests/planted/event_not_sent.py"))
    with Workbench(_behind_its_answer(tmp_path), command=command, env=ENV) as bench:
        caller = Caller(bench)
        assert [] == caller.end("a", *caller.send(caller.begin("a")))
        monkeypatch.setattr(pending, "LIMITS", replace(pending.LIMITS, pending=2.0))
        machine = bench.opened.testbed.machine
        monkeypatch.setattr(machine, "waits", lambda began, ended: Waits(target=kept_waiting * (ended - began)))
        assert broken == laws(caller.observer.settle())


def _behind_its_answer(folder: Path) -> Path:
    """Write the project's contract with nothing that is said of the order of answer and event; return the settings."""
    spec = (ROOT / "openapi.yaml").read_text()
    free = spec.replace("x-delivery: acknowledged", "")
    assert free != spec
    settings = (ROOT / "bothends.toml").read_text()
    for name in ("spec", "pacts"):
        settings = "\n".join(line for line in settings.split("\n") if not line.startswith(f"{name} ="))
    (folder / "openapi.yaml").write_text(free)
    (folder / "bothends.toml").write_text(f'spec = "openapi.yaml"\n{settings}')
    return folder / "bothends.toml"
