"""In a long row of good and bad requests, a batch is judged while the next one is played."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.cases.plan import SOAKED
from bothends.engine import Options, Verification
from bothends.engine.events import BatchFinished, BatchStarted, ExchangeJudged, RunFinished
from bothends.engine.exchanges.batch_runner import BatchRunner
from bothends.engine.exchanges.batches import LARGEST_OF_MANY
from bothends.laws.law import Law

if TYPE_CHECKING:
    from bothends.engine.events import Event
    from bothends.records import Summary

ROOT = Path(__file__).parents[2]
MANY = 2_000


@pytest.fixture(autouse=True)
def so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a deep run play so many."""
    monkeypatch.setitem(SOAKED, "deep", MANY)


def run(folder: Path, *, target: str = "reference", interrupt_at: int = 0) -> list[Event]:
    """Return what happens in a long run; after so many exchanges of it, an end is asked for."""
    for name in ("openapi.yaml", "contracts", "bothends.toml"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    command = ("python", "-m", target)
    options = Options(
        folder / "bothends.toml",
        command=command,
        env={"PYTHONPATH": str(ROOT)},
        seed=1,
        only="soak",
        profile="deep",
        examine=False,
    )

    async def main() -> list[Event]:
        verification = Verification(options)
        events = []
        async for event in verification.events():
            events.append(event)
            if interrupt_at and sum(isinstance(one, ExchangeJudged) for one in events) == interrupt_at:
                verification.interrupt()
        return events

    return asyncio.run(main())


def summary_of(events: list[Event]) -> Summary:
    """Return the summary of a run."""
    return next(event.summary for event in reversed(events) if isinstance(event, RunFinished))


def told(events: list[Event]) -> tuple[object, ...]:
    """Return what a run tells, but for times."""
    batches = [event for event in events if isinstance(event, BatchStarted | BatchFinished)]
    summary = summary_of(events)
    return (
        [(type(one).__name__, one.number, getattr(one, "exchanges", 0), one.families) for one in batches],
        [(e.exchange.batch, e.exchange.case.label, e.late) for e in events if isinstance(e, ExchangeJudged)],
        [(tally.law, tally.judged, tally.broken > 0) for tally in summary.laws],
        [found.id for found in summary.findings],
        summary.exit_code,
    )


@pytest.mark.parametrize("target", ["reference", "tests.engine.targets.twice_at_last"])
def test_it_tells_what_a_run_tells_that_judges_each_batch_first(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same exchanges in the same batches and order, the same findings, whatever is under way meanwhile."""
    beside = run(tmp_path, target=target)
    sizes = [event.size for event in beside if isinstance(event, BatchStarted)]
    assert [LARGEST_OF_MANY] * 3 == [size for size in sizes if size > 128]
    monkeypatch.setattr(BatchRunner, "_is_one_of_many", lambda *_: False)
    assert told(run(tmp_path, target=target)) == told(beside)
    assert (0 if target == "reference" else 1) == summary_of(beside).exit_code


def test_what_was_played_is_judged_when_the_end_is_asked_for(tmp_path: Path) -> None:
    """A person who ends a run while a batch is judged has all of it, and no part of the one under way."""
    events = run(tmp_path, interrupt_at=1_300)
    counts: dict[int, int] = {}
    for event in events:
        if isinstance(event, ExchangeJudged):
            counts[event.exchange.batch] = counts.get(event.exchange.batch, 0) + 1
    whole = {event.number: event.size for event in events if isinstance(event, BatchStarted) if event.number in counts}
    assert (whole, True) == (counts, summary_of(events).interrupted)
    assert LARGEST_OF_MANY in counts.values()


def test_a_law_that_crashes_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch that is under way is let go, and what was judged before is told."""
    seen = 0

    def breaches(*arguments: object) -> object:
        nonlocal seen
        if isinstance(arguments[0], Law) and arguments[0].name == "answered":
            seen += 1
            if seen == 1_300:
                raise LookupError
        return original(*arguments)  # type: ignore[arg-type]

    original = Law.breaches
    monkeypatch.setattr(Law, "breaches", breaches)
    events = run(tmp_path)
    assert (1_300, 1_299) == (seen, sum(isinstance(event, ExchangeJudged) for event in events))
    assert "'answered' crashed" in summary_of(events).harness_failure
