"""NDJSON: a line for each event as it comes, without secrets; what breaks off keeps what was told."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.engine.events import (
    BatchFinished,
    BatchStarted,
    Examining,
    ExchangeJudged,
    FindingFound,
    FindingSettled,
    InteractionVerified,
    RunFinished,
    ScenarioPlayed,
)
from bothends.errors import HarnessError
from bothends.reports.ndjson import NdjsonReport
from tests.in_words import conditions
from tests.reports.html_run import hostile_exchanges

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.engine.events import Event
    from tests.reports.conftest import Samples


def events(samples: Samples) -> Iterator[Event]:
    """Yield one event of each kind, and hostile exchanges."""
    finding = samples.finding(actual=f"{samples.event_key} {samples.cookie}")
    case = finding.case
    yield samples.started()
    yield BatchStarted(1, conditions("the ingest hangs"), 2, ("success",))
    yield ExchangeJudged(samples.exchange(), (finding.breach,))
    for exchange in hostile_exchanges(samples):
        yield ExchangeJudged(exchange, ())
    yield FindingFound(finding)
    yield BatchFinished(1, 2)
    yield InteractionVerified(case, "web", "route", (finding.breach,))
    yield ScenarioPlayed(case, (), ())
    yield Examining(finding)
    yield FindingSettled(finding)
    yield RunFinished(samples.summary(finding))


NAMES = [
    "run-started",
    "wave-started",
    *["exchange-judged"] * 10,
    "finding-found",
    "wave-finished",
    "interaction-verified",
    "scenario-played",
    "examining",
    "finding-settled",
    "run-finished",
]


def test_each_event_is_a_line_at_once(samples: Samples, tmp_path: Path) -> None:
    """After each event the file holds its line, whole; the last one holds the JSON report."""
    path = tmp_path / "events.ndjson"
    report = NdjsonReport(path, samples.surroundings)
    for number, event in enumerate(events(samples), 1):
        report.handle(event)
        assert number == len(path.read_text().split("\n")) - 1
    report.close()
    lines: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    assert NAMES == [line["event"] for line in lines]
    assert "broken" == lines[-1]["report"]["verdict"]
    exchange = lines[2]
    assert ("success/usual", 7, 200) == (exchange["case"], exchange["number"], exchange["answer"]["status"])
    assert ["settings"] == [call["upstream"] for call in exchange["calls"]]
    assert ["nothing-dropped"] == [breach["law"] for breach in exchange["breaches"]]
    assert samples.event_key not in path.read_text()
    assert samples.cookie not in path.read_text()


def test_it_goes_to_a_stream_as_well(samples: Samples) -> None:
    """Standard output gets the same lines."""
    stream = io.StringIO()
    report = NdjsonReport(stream, samples.surroundings)
    for event in events(samples):
        report.handle(event)
    report.close()
    assert NAMES == [json.loads(line)["event"] for line in stream.getvalue().splitlines()]


def test_a_place_that_cannot_be_written_is_told(samples: Samples, tmp_path: Path) -> None:
    """At the beginning, when there is no folder, and at the line that a full disk does not take."""
    with pytest.raises(HarnessError, match="No such file"):
        NdjsonReport(tmp_path / "nowhere" / "events.ndjson", samples.surroundings)
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    report = NdjsonReport(full, samples.surroundings)
    with pytest.raises(HarnessError, match="No space left"):
        report.handle(samples.started())
    report.close()
