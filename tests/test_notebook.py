"""What notebooks call: a run with its times, a replay, and a survey of states of the world."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.engine.options import Options
from bothends.engine.run import examine
from bothends.engine.run.verification import Verification
from bothends.errors import ContractError
from bothends.notebook import _Collecting, replay, survey, verify
from bothends.records import Answer, Exchange, Verdict
from bothends.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "bothends.toml"
BROKEN = ("python", "notebooks/broken/latin_only.py")


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    """Keep one workbench with the reference for all tests here."""
    with Workbench(CONFIG, seed=3) as bench:
        yield bench


def test_run_has_what_it_came_to_and_how_long_each_exchange_took() -> None:
    """A run of one case is the good request and the case, each with its time, under its family."""

    async def within_a_loop() -> None:
        run = verify(CONFIG, only="success/no-body", seed=1)
        assert Verdict.PROVEN == run.summary.verdict
        assert (2, ()) == (len(run.milliseconds["success"]), run.findings)
        assert "No findings." == run.explain().text
        assert "<circle" in run.times().html
        assert repr(run).startswith("PROVEN: 1 declared answer seen")
        assert "Declared answers" in run._repr_html_()

    asyncio.run(within_a_loop())  # as in a notebook


def test_a_finding_is_explained_and_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault is found, its request made small; against the reference itself it is gone."""
    for limit in ("EACH_SECONDS", "EXAMINING_SECONDS"):  # a busy machine has enough of it
        monkeypatch.setattr(examine, limit, 120.0)
    run = verify(CONFIG, only="fuzz-valid", max_examples=40, seed=1, command=BROKEN, env={"PYTHONPATH": "."})
    (finding,) = run.findings
    assert ("event-for-success", True) == (finding.breach.law, finding.smaller)
    assert max((finding.case.request.body or b"").decode()) > "\xff"  # how small it gets is a matter of time
    assert "promised  one event that the ingest acknowledged" in run.explain().text
    # Other tests have found the same in other targets, with the same settings file.
    again = replay(finding.id, CONFIG, command=BROKEN, env={"PYTHONPATH": "."})
    assert [finding.id] == [found.id for found in again.findings]
    mended = replay(finding.id, CONFIG, command=("python", "-m", "reference"), env={})
    assert () == mended.findings


def test_an_interrupted_kernel_ends_a_run_in_order() -> None:
    """What a notebook's stop button does ends the run, and what was found so far is kept."""
    main = threading.get_ident()

    def stop() -> None:
        while "bothends_0" not in {thread.name for thread in threading.enumerate()}:
            time.sleep(0.02)
        time.sleep(2.0)
        signal.pthread_kill(main, signal.SIGINT)

    user_of = threading.Thread(target=stop)
    user_of.start()
    run = verify(CONFIG, seed=1, profile="deep")
    user_of.join()
    assert run.summary.interrupted


def test_a_wrong_call_is_said_to_be_wrong() -> None:
    """A family that is not there is no run."""
    with pytest.raises(ContractError, match="there is no family"):
        verify(CONFIG, only="sucess")


def test_survey_has_the_exchange_of_each_state(bench: Workbench) -> None:
    """One request is sent in each state, and each row can be looked at."""
    table = survey(bench, [(), "signed out", ("the session has expired", "the ingest answers 500")])
    answers = [one.exchange.answer for one in table.tried]
    assert [200, 401, 401] == [answer.status for answer in answers if isinstance(answer, Answer)]
    assert isinstance(table["the session has expired, the ingest answers 500"], Exchange)
    assert table["all services work"].deliveries
    assert [] == [breach for one in table.tried for breach in one.breaches]
    assert "Answers and events" in table._repr_html_()
    with pytest.raises(KeyError, match="the ingest hangs"):
        table["the ingest hangs"]


def test_survey_of_an_unknown_state_says_so(bench: Workbench) -> None:
    """A sentence that no state has is named."""
    with pytest.raises(ContractError, match="There is no state"):
        survey(bench, ["the ingest sleeps"])


def test_a_run_that_is_interrupted_before_it_begins_ends_at_once() -> None:
    """The wish is kept until there is somebody to hear it."""
    options = Options(config=CONFIG, seed=1)
    collecting = _Collecting(Verification(options), options)
    collecting.interrupt()
    assert asyncio.run(collecting.run()).summary.interrupted
