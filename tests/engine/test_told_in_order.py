"""What a run tells of its batches: each in one piece, as soon as it was played, whatever ends the run."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.engine import Options, Verification
from bothends.engine.events import BatchFinished, BatchStarted, ExchangeJudged, RunFinished
from bothends.engine.play.pending import LIMITS
from bothends.engine.play.tying import Tying

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.engine.events import Event
    from bothends.engine.tie.attribution import Attributed
    from bothends.records import Summary

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Run:
    """What a run told."""

    events: list[Event] = field(default_factory=list)

    @property
    def summary(self) -> Summary:
        """The last that it told."""
        (finished,) = (event for event in self.events if isinstance(event, RunFinished))
        return finished.summary

    @property
    def judged(self) -> list[ExchangeJudged]:
        """Its exchanges, as they were judged."""
        return [event for event in self.events if isinstance(event, ExchangeJudged)]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Run]:
    """Return what runs generated cases on a module of the tests."""
    for name in ("openapi.yaml", "contracts", "bothends.toml"):
        (tmp_path / name).symlink_to(ROOT / name)

    def ran(module: str, count: int, *, stop: bool = False, **env: str) -> Run:
        options = Options(
            tmp_path / "bothends.toml",
            command=(sys.executable, "-m", module),
            env={"PYTHONPATH": str(ROOT), **env},
            seed=1,
            only="fuzz-*",
            max_examples=count,
        )
        found, verification = Run(), Verification(options)

        async def told() -> None:
            async for event in verification.events():
                found.events.append(event)
                if stop and isinstance(event, BatchFinished) and "fuzz-valid" in event.families:
                    verification.interrupt()

        asyncio.run(told())
        return found

    return ran


def test_each_batch_is_told_of_in_one_piece(run: Callable[..., Run]) -> None:
    """It begins, its exchanges are judged, and it ends; then comes the one that was played after it."""
    done = run("reference", 200)
    told = [
        (event.number if isinstance(event, BatchStarted | BatchFinished) else event.exchange.batch, type(event))
        for event in done.events
        if isinstance(event, BatchStarted | BatchFinished | ExchangeJudged)
    ]
    by_batch = {number: [kind for _, kind in some] for number, some in groupby(told, key=lambda pair: pair[0])}
    assert len(by_batch) > 3
    assert list(range(1, len(by_batch) + 1)) == [number for number, _ in groupby(number for number, _ in told)]
    for kinds in by_batch.values():
        assert [BatchStarted, ExchangeJudged, BatchFinished] == [kind for kind, _ in groupby(kinds)]
    exchanges = [event.exchange.number for event in done.judged]
    assert list(range(1, len(exchanges) + 1)) == sorted(exchanges)
    assert 0 == done.summary.exit_code


def test_what_comes_after_the_last_answer_is_seen(run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a run waits from when its last exchange was over, whatever it has to judge meanwhile."""
    settle, ends = Tying.settle, []

    async def timed(self: Tying) -> Attributed:
        came = await settle(self)
        ends.append(self._testbed.clock.now())
        return came

    monkeypatch.setattr(Tying, "settle", timed)
    done = run("reference", 10)
    last = max(event.exchange.over for event in done.judged)
    assert 0.99 * LIMITS.settle <= ends[0] - last


def test_a_run_that_is_interrupted_tells_what_it_has_found(run: Callable[..., Run]) -> None:
    """Nothing is waited for any more."""
    done = run("tests.planted.boolean_true", 100, stop=True)
    assert done.summary.interrupted
    assert done.summary.findings
    assert done.summary.exchanges == len(done.judged)


def test_what_was_played_before_a_target_died_is_held_against_nobody(run: Callable[..., Run]) -> None:
    """What was answered stays as it was."""
    done = run("tests.cli.targets.dies", 300, ANSWERS="100")
    answered = [event for event in done.judged if event.exchange.succeeded]
    assert len(answered) > 50
    assert all(event.breaches == () for event in answered)
    assert any("exited with code 7" in one.why for one in done.summary.not_proven)
