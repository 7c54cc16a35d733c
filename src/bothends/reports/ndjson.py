"""A run as it goes: each event as one line of JSON, written at once, so that what breaks off keeps what was told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.conditions import sentences
from bothends.engine import (
    Aside,
    BatchFinished,
    BatchStarted,
    Examining,
    ExchangeJudged,
    FindingFound,
    FindingSettled,
    InteractionVerified,
    LeftOut,
    Progress,
    RunFinished,
    RunStarted,
    ScenarioPlayed,
)
from bothends.laws import cause_in_words
from bothends.reports.json_report import (
    call_value,
    delivery_value,
    document,
    exchange_value,
    finding_value,
    origin_value,
    request_value,
)
from bothends.reports.sanitize import Redactor, cookies_of
from bothends.reports.writers import report, version, write_errors_named

if TYPE_CHECKING:
    from io import FileIO

    from bothends.engine import Event
    from bothends.records import Breach, Finding
    from bothends.reports.writers import Stream, Surroundings


@report("ndjson", "write each event of the run at once, as NDJSON")
class NdjsonReport:
    """Writes a line for each event; `event` in it says which."""

    def __init__(self, place: Path | Stream, surroundings: Surroundings) -> None:
        """Take the file to write, or a stream, and what no event says.

        Raises:
            HarnessError: The file can't be written.
        """
        self._place = place
        self._surroundings = surroundings
        self._started: RunStarted | None = None
        self._file: FileIO | None = None
        if isinstance(place, Path):
            with write_errors_named(place, "--ndjson"):
                # No buffer: a line is in the file at once, and what the disk refused is not tried again at the end.
                self._file = place.open("wb", buffering=0)

    def handle(self, event: Event) -> None:
        """Take one event.

        Raises:
            HarnessError: The line can't be written.
        """
        if isinstance(event, RunStarted):
            self._started = event
        # In ASCII, so that a terminal obeys nothing in it, and no reader parts a line at U+2028.
        line = json.dumps(self._value(event), allow_nan=False, separators=(",", ":")) + "\n"
        if isinstance(self._place, Path):
            self._append(self._place, line.encode())
        else:
            self._place.write(line)
            self._place.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _append(self, path: Path, rest: bytes) -> None:
        with write_errors_named(path, "--ndjson"):
            while rest and self._file is not None:
                rest = rest[self._file.write(rest) :]

    def _value(self, event: Event) -> dict[str, Any]:  # noqa: C901, PLR0911 -- one for each kind of event
        redactor = Redactor(self._surroundings.secrets())
        match event:
            case RunStarted():
                return {
                    "event": "run-started",
                    "version": version(),
                    **origin_value(self._surroundings),
                    "seed": event.seed,
                    "spec": event.spec,
                    "operations": list(event.operations),
                    "target": event.target,
                    "launched": [redactor.text(word) for word in event.launched],
                }
            case BatchStarted():
                given = [redactor.text(sentence) for sentence in sentences(event.given)]
                start = {"event": "wave-started", "wave": event.number, "given": given}
                return {**start, "size": event.size, "families": list(event.families)}
            case ExchangeJudged():
                return self._exchange(event, redactor)
            case FindingFound() | FindingSettled() | Examining():
                return {"event": _NAMES[type(event)], "finding": self._finding(event.finding, redactor)}
            case BatchFinished():
                return {"event": "wave-finished", "wave": event.number, "exchanges": event.exchanges}
            case LeftOut():
                left = {"event": "left-out", "count": event.count, "families": list(event.families)}
                where = {"operation": event.operation, "fault": redactor.text(event.fault)}
                return left | {name: text for name, text in where.items() if text}
            case Progress():
                left = {"done": event.done, "total": event.total, "seconds_left": event.seconds_left}
                return {"event": "progress", **left, "doing": redactor.text(event.doing)}
            case InteractionVerified():
                value = {"event": "interaction-verified", "case": redactor.text(event.case.label)}
                both = {"consumer": redactor.text(event.consumer), "provider": redactor.text(event.provider)}
                return {**value, **both, "breaches": _breaches(event.breaches, redactor)}
            case ScenarioPlayed():
                value = {"event": "scenario-played", "case": redactor.text(event.case.label)}
                return {**value, "breaches": _breaches(event.breaches, redactor)}
            case Aside():
                shown = [exchange_value(one, redactor.also(cookies_of(one))) for one in event.exchanges]
                told = [delivery_value(one, redactor) for one in event.deliveries]
                return {"event": "aside", "exchanges": shown, "deliveries": told}
            case RunFinished():
                return {"event": "run-finished", "report": document(event.summary, self._started, self._surroundings)}

    def _exchange(self, event: ExchangeJudged, redactor: Redactor) -> dict[str, Any]:
        exchange = event.exchange
        redactor = redactor.also(cookies_of(exchange))
        return {
            "event": "exchange-judged",
            "wave": exchange.batch,
            "case": redactor.text(exchange.case.label),
            "given": [redactor.text(sentence) for sentence in sentences(exchange.case.given)],
            "began": round(exchange.began, 6),
            "request": request_value(exchange.case, redactor),
            **exchange_value(exchange, redactor),
            "calls": [call_value(call, redactor) for call in exchange.calls],
            "breaches": _breaches(event.breaches, redactor),
        }

    def _finding(self, finding: Finding, redactor: Redactor) -> dict[str, Any]:
        base_url = self._started.target if self._started else "$TARGET"
        redactor = redactor.also(cookies_of(finding.breach.exchange))
        return finding_value(finding, base_url, self._surroundings, redactor)


_NAMES = {FindingFound: "finding-found", FindingSettled: "finding-settled", Examining: "examining"}


def _breaches(breaches: tuple[Breach, ...], redactor: Redactor) -> list[dict[str, Any]]:
    """Return the laws that were broken, and by what."""
    return [
        redactor.value(
            {
                "law": breach.law,
                "severity": breach.severity.value,
                "cause": cause_in_words(breach),
                "summary": breach.summary,
                "expected": breach.expected,
                "actual": breach.actual,
            }
        )
        for breach in breaches
    ]
