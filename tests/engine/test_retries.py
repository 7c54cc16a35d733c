"""A target that ran out of time on a busy machine has a second chance, and a third one."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bothends.engine import Verification, run
from bothends.engine.events import ExchangeJudged, RunFinished, WaveStarted
from bothends.engine.options import Options
from bothends.engine.second_chance import Chances, busy, excused, ran_out_of_time
from bothends.records import NoAnswer
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange, Summary

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 1.0


def late(seconds: float = 1.02, **changes: Any) -> Exchange:
    """Return an exchange of a good request that is answered 504."""
    exchange = kept.exchange(answer=kept.answer(504), deliveries=(), **changes)
    return replace(exchange, ended=exchange.began + seconds)


def expecting(**changes: Any) -> Exchange:
    """Return it with something else expected."""
    exchange = late()
    return replace(exchange, case=replace(exchange.case, expect=replace(exchange.case.expect, **changes)))


def test_only_who_waited_in_vain_ran_out_of_time() -> None:
    """At once, rightly, for another reason, or not at all: that is no matter of time."""
    assert ran_out_of_time(late(), kept.operation(), PATIENCE)
    others = [
        late(0.5),
        replace(late(), answer=NoAnswer("timeout")),
        replace(late(), answer=kept.answer(502)),
        expecting(statuses=frozenset({504})),
        expecting(refused=True),
        expecting(any_answer=True),
    ]
    assert [False] * len(others) == [ran_out_of_time(one, kept.operation(), PATIENCE) for one in others]


def test_what_is_excused_is_right() -> None:
    """That time ran out, and that the event is there all the same: the target had no time to read that it is."""
    operation = kept.operation()
    assert {"family-status"} == kept.broken(late())
    assert set() == kept.broken(excused(late(), operation))
    sent = replace(late(), deliveries=(kept.delivery(),))
    assert "no-event-without-success" in kept.broken(sent)
    assert set() == kept.broken(excused(sent, operation))
    twice = replace(sent, deliveries=(kept.delivery(), kept.delivery(2, event=kept.event(1) | {"id": "another"})))
    assert "one-event" in kept.broken(excused(twice, operation))
    recovered = late(family="recovered", name="after the ingest hangs")
    assert "recovers" in kept.broken(recovered)
    assert set() == kept.broken(excused(recovered, operation))


def test_a_machine_is_busy_by_its_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """More to do than there are processors for."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("os.getloadavg", lambda: (3.1, 0.0, 0.0))
    assert busy()
    monkeypatch.setattr("os.getloadavg", lambda: (2.9, 9.0, 9.0))
    assert not busy()


def chances() -> Chances:
    """Return the chances of a wave of good requests."""
    return Chances(lambda _: kept.operation(), PATIENCE)


def answers(exchanges: tuple[Exchange, ...]) -> list[bool]:
    """Return of which exchanges it is right that time ran out."""
    return [504 in exchange.case.expect.statuses for exchange in exchanges]


def test_other_requests_each_time_are_a_busy_machine() -> None:
    """Whoever was in time once is excused, however late others are."""
    wave = chances()
    exchanges, unknown = wave.take([late(), late(), kept.exchange()], 9)
    assert ([True, True, False], 0, True) == (answers(exchanges), unknown, wave.again)
    exchanges, unknown = wave.take([kept.exchange(), kept.exchange(), late()], 9)
    assert ([False, False, True], 0, False) == (answers(exchanges), unknown, wave.again)


def test_the_same_request_each_time_is_at_fault() -> None:
    """It is excused as long as it may be in time the next time, and then no more; others beside it are."""
    wave = chances()
    for _ in range(2):
        exchanges, unknown = wave.take([late(), kept.exchange()], 9)
        assert ([True, False], 0, True) == (answers(exchanges), unknown, wave.again)
    exchanges, unknown = wave.take([late(), late()], 9)
    assert ([False, True], 0, False) == (answers(exchanges), unknown, wave.again)


def test_what_there_is_no_chance_to_know_is_counted() -> None:
    """Where too many waves were played once more, nobody says that a target is right, or that it is wrong."""
    wave = chances()
    exchanges, unknown = wave.take([late(), late(), kept.exchange()], 0)
    assert ([True, True, False], 2, False) == (answers(exchanges), unknown, wave.again)


def test_a_machine_that_is_too_busy_proves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run says so, and is neither proven nor broken."""
    monkeypatch.setattr(run, "CHANCES", 0)
    summary, _ = played(tmp_path, monkeypatch, "once", is_busy=True)
    assert ([], ["time"]) == (list(summary.findings), [item.what for item in summary.not_proven])


@pytest.mark.parametrize(
    ("times", "is_busy", "broken", "waves"),
    [("once", True, [], 3), ("once", False, ["family-status"], 2), ("always", True, ["family-status"], 4)],
)
def test_a_wave_is_played_once_more(  # noqa: PLR0913, PLR0917 -- fixtures, and columns of the table
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    times: str,
    is_busy: bool,  # noqa: FBT001 -- a column of the table
    broken: list[str],
    waves: int,
) -> None:
    """On a busy machine a target has two more chances; what is wrong each time is a finding."""
    summary, seen = played(tmp_path, monkeypatch, times, is_busy=is_busy)
    assert broken == [finding.breach.law for finding in summary.findings]
    assert waves == sum(isinstance(event, WaveStarted) for event in seen)
    assert any(isinstance(event, ExchangeJudged) for event in seen)


def played(folder: Path, monkeypatch: pytest.MonkeyPatch, times: str, *, is_busy: bool) -> tuple[Summary, list[Any]]:
    """Return what a run says of a target whose time runs out, and its events."""
    monkeypatch.setattr(run, "busy", lambda: is_busy)
    for name in ("openapi.yaml", "contracts", "bothends.toml"):
        (folder / name).symlink_to(ROOT / name)
    target = shutil.copy(ROOT / "tests/engine/targets/out_of_time.py", folder)
    options = Options(
        config=folder / "bothends.toml",
        command=("python", str(target)),
        env={"LATE": times, "PYTHONPATH": str(ROOT)},
        seed=1,
        only="success/no-body",
    )
    seen = asyncio.run(_events(options))
    return next(event.summary for event in seen if isinstance(event, RunFinished)), seen


async def _events(options: Options) -> list[Any]:
    return [event async for event in Verification(options).events()]
