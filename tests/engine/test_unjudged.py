"""Batches of generated cases are judged when there is time, and that changes nothing of what is said of them."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bothends.engine import Options, Verification
from bothends.engine.events import BatchFinished, BatchStarted, ExchangeJudged, RunFinished
from bothends.engine.exchanges.batches import Batch
from bothends.engine.exchanges.exchange_runner import SETTLE_SECONDS, ExchangeRunner
from bothends.engine.exchanges.played import Recording
from bothends.engine.exchanges.unjudged import LONGEST, MOST, Done, Unjudged, is_over, may_wait
from bothends.records import NoAnswer
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.engine.attribution.tie import Attributed
    from bothends.engine.events import Event
    from bothends.records import Exchange, Summary

ROOT = Path(__file__).resolve().parents[2]
GENERATED = replace(kept.exchange().case, origin={})


def recording(*exchanges: Exchange, began: float = 0.0, ended: float = 0.0, **changes: Any) -> Recording:
    """Return a batch that went well, but for the changes."""
    about: dict[str, Any] = {"whole": True, "left_out": 0, "dropped": 0, "calls": (), "deliveries": ()} | changes
    batch = Batch((), tuple(exchange.case for exchange in exchanges))
    return Recording(batch, exchanges, fired={}, began=began, ended=ended, **about)


@pytest.mark.parametrize(
    ("batch", "so"),
    [
        (Batch((), (GENERATED,) * 2), True),
        (Batch((), (GENERATED, kept.exchange().case)), False),
        (Batch((), (replace(GENERATED, behaviour="leaves"),)), False),
        (Batch((), (GENERATED,), concurrency=1), False),
        (Batch((), (GENERATED,), prelude=(Batch((), (GENERATED,)),)), False),
    ],
)
def test_only_generated_cases_wait(batch: Batch, *, so: bool) -> None:
    """What is played alone, or after something, may be what the next step depends on."""
    assert so == may_wait(batch)


@pytest.mark.parametrize(
    ("one", "so"),
    [
        (recording(kept.exchange()), True),
        (recording(kept.exchange(), replace(kept.exchange(2), answer=NoAnswer("reset"))), False),
        (recording(replace(kept.exchange(), excuse="perhaps executed")), False),
        (recording(kept.exchange(), whole=False), False),
        (recording(kept.exchange(), dropped=1), False),
        (recording(kept.exchange(), left_out=1), False),
    ],
)
def test_what_lacks_something_does_not_wait(one: Recording, *, so: bool) -> None:
    """A target that did not answer may have gone, and an event that is not there is waited for at once."""
    assert so == is_over(one)


def test_what_is_held_comes_in_order_and_once() -> None:
    """It is a queue."""
    held = Unjudged()
    for number in range(1, 4):
        assert held.hold(Done(number, number, recording(kept.exchange(number))))
    assert [1, 2, 3] == [done.number for done in held.each()]
    assert [] == list(held.each())


@pytest.mark.parametrize("calls", [(), (kept.call(),) * 3])
def test_no_more_is_held_than_fits(calls: tuple[Any, ...]) -> None:
    """Exchanges count, or their calls, if these are more: those are looked up when they are judged."""
    held, each = Unjudged(), max(1, len(calls))
    one = recording(kept.exchange(), calls=calls)
    room = [held.hold(Done(number, number, one)) for number in range(1, MOST // each + 2)]
    assert [True] * ((MOST - 1) // each) == [each for each in room if each]
    assert len(room) == len(list(held.each()))
    assert held.hold(Done(1, 1, one))


def test_nothing_is_held_for_long() -> None:
    """A batch that takes long is judged at once, others when one is over that ends as long after they began."""
    held = Unjudged()
    assert held.hold(Done(1, 1, recording(kept.exchange(), began=5.0, ended=5.0 + LONGEST / 2)))
    assert not held.hold(Done(2, 2, recording(kept.exchange(), began=6.0, ended=5.0 + LONGEST)))
    assert [1, 2] == [done.number for done in held.each()]
    assert not held.hold(Done(3, 3, recording(kept.exchange(), began=7.0, ended=7.0 + LONGEST)))


# Whole runs, on the reference with a fault.


@dataclass
class Run:
    """A run, and what it told."""

    verification: Verification
    events: list[Event]
    held: list[Done]

    @property
    def summary(self) -> Summary:
        """The last that it told."""
        (finished,) = (event for event in self.events if isinstance(event, RunFinished))
        return finished.summary


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Return what runs generated cases on a module of the tests."""
    for name in ("openapi.yaml", "contracts", "bothends.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    hold = Unjudged.hold

    def ran(module: str, count: int, only: str = "fuzz-*", *, stop: bool = False, **env: str) -> Run:
        options = Options(
            tmp_path / "bothends.toml",
            command=(sys.executable, "-m", module),
            env={"PYTHONPATH": str(ROOT), **env},
            seed=1,
            only=only,
            max_examples=count,
        )
        found = Run(Verification(options), [], [])

        def noted(self: Unjudged, done: Done) -> bool:
            found.held.append(done)
            if stop:
                found.verification.interrupt()
            return hold(self, done)

        async def told() -> None:
            async for event in found.verification.events():
                found.events.append(event)

        monkeypatch.setattr(Unjudged, "hold", noted)
        asyncio.run(told())
        return found

    return ran


def test_each_batch_is_told_of_in_one_piece(run: Callable[..., Run]) -> None:
    """It begins, its exchanges are judged, and it ends; then comes the one that was played after it."""
    done = run("reference", 200)
    assert len(done.held) > 3
    told = [
        (event.number if isinstance(event, BatchStarted | BatchFinished) else event.exchange.batch, type(event))
        for event in done.events
        if isinstance(event, BatchStarted | BatchFinished | ExchangeJudged)
    ]
    by_batch = {number: [kind for _, kind in some] for number, some in groupby(told, key=lambda pair: pair[0])}
    assert list(range(1, len(by_batch) + 1)) == [number for number, _ in groupby(number for number, _ in told)]
    for kinds in by_batch.values():
        assert [BatchStarted, ExchangeJudged, BatchFinished] == [kind for kind, _ in groupby(kinds)]
    exchanges = [event.exchange.number for event in done.events if isinstance(event, ExchangeJudged)]
    assert list(range(1, len(exchanges) + 1)) == sorted(exchanges)
    assert 0 == done.summary.exit_code


def test_what_comes_after_the_last_answer_is_seen(run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a run waits from when its last exchange was over, whatever it has to judge meanwhile."""
    settle, ends = ExchangeRunner.settle, []

    async def timed(self: ExchangeRunner) -> Attributed:
        came = await settle(self)
        ends.append(self._testbed.clock.now())
        return came

    monkeypatch.setattr(ExchangeRunner, "settle", timed)
    done = run("reference", 10)
    last = max(event.exchange.over for event in done.events if isinstance(event, ExchangeJudged))
    assert 0.99 * SETTLE_SECONDS <= ends[0] - last


def test_what_is_held_is_told_of_a_run_that_is_interrupted(run: Callable[..., Run]) -> None:
    """Nothing is waited for any more, and what was played is judged."""
    done = run("tests.planted.boolean_true", 100, stop=True)
    assert (1, True) == (len(done.held), done.summary.interrupted)
    judged = {event.exchange.number for event in done.events if isinstance(event, ExchangeJudged)}
    assert {exchange.number for exchange in done.held[0].recording.exchanges} <= judged
    assert done.summary.findings


def test_what_was_played_before_a_target_died_is_held_against_nobody(run: Callable[..., Run]) -> None:
    """A batch that was answered in full stays as it was."""
    done = run("tests.cli.targets.dies", 300, ANSWERS="100")
    held = [exchange for one in done.held for exchange in one.recording.exchanges]
    judged = {event.exchange.number: event for event in done.events if isinstance(event, ExchangeJudged)}
    assert held
    assert all(judged[exchange.number].breaches == () for exchange in held)
    assert any("exited with code 7" in one.why for one in done.summary.not_proven)
