"""A run as one JSON document; `report.schema.json` beside this file says what is in it."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib import resources
from typing import TYPE_CHECKING, Any

from bothends.engine.events import RunFinished, RunStarted
from bothends.reports.files import put
from bothends.reports.hostile import harmless_json
from bothends.reports.redact import Redactor, cookies_of
from bothends.reports.reporter import version
from bothends.reports.values import finding_value

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.engine.events import Event
    from bothends.records import Coverage, KnownTally, Summary
    from bothends.reports.reporter import Stream, Surroundings


class JsonReport:
    """Writes the document when the run has ended: interrupted, failed or whole."""

    def __init__(self, place: Path | Stream, surroundings: Surroundings) -> None:
        """Take the file to write, or a stream, and what no event says."""
        self._place = place
        self._surroundings = surroundings
        self._started: RunStarted | None = None

    def handle(self, event: Event) -> None:
        """Take one event.

        Raises:
            HarnessError: The file can't be written.
        """
        if isinstance(event, RunStarted):
            self._started = event
        elif isinstance(event, RunFinished):
            put(self._place, written(document(event.summary, self._started, self._surroundings)), "--json")

    def close(self) -> None:
        """Do nothing: nothing was taken."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the document."""
    found: dict[str, Any] = json.loads(resources.files("bothends.reports").joinpath("report.schema.json").read_bytes())
    return found


def document(summary: Summary, started: RunStarted | None, surroundings: Surroundings) -> dict[str, Any]:
    """Return the document of a run.

    Args:
        summary: The end of the run.
        started: How it began; None when the target never got ready.
        surroundings: What no event says.
    """
    redactor = Redactor(surroundings.secrets())
    base_url = started.target if started else "$TARGET"
    return {
        "version": version(),
        "verdict": summary.verdict.value,
        "exit_code": summary.exit_code,
        "interrupted": summary.interrupted,
        "replay": None if summary.replay is None else asdict(summary.replay),
        "seed": summary.seed,
        "exchanges": summary.exchanges,
        "seconds": round(summary.seconds, 3),
        "spec": started.spec if started else None,
        "operations": list(started.operations) if started else [],
        "target": started.target if started else None,
        "answers": [
            {"operation": t.operation, "status": t.status, "family": t.family, "cases": t.cases, "seen": t.seen}
            for t in summary.answers
        ],
        "laws": [
            {"law": t.law, "severity": t.severity.value, "judged": t.judged, "broken": t.broken} for t in summary.laws
        ],
        "pacts": [
            {
                "file": redactor.text(t.file),
                "consumer": redactor.text(t.consumer),
                "provider": redactor.text(t.provider),
                "interactions": t.interactions,
                "held": t.held,
            }
            for t in summary.pacts
        ],
        "coverage": _coverage(summary.coverage),
        "notes": [redactor.text(note) for note in summary.notes],
        "known": [_known(tally, redactor) for tally in summary.known],
        "findings": [
            finding_value(finding, base_url, surroundings, redactor.also(cookies_of(finding.breach.exchange)))
            for finding in summary.findings
        ],
        "not_proven": [
            {
                "what": item.what,
                "why": redactor.text(item.why),
                "where": redactor.text(item.where),
                "add": redactor.text(item.add),
            }
            for item in summary.not_proven
        ],
        "target_failure": redactor.text(summary.target_failure),
        "harness_failure": redactor.text(summary.harness_failure),
        "log": [redactor.text(line) for line in summary.log],
    }


def written(value: dict[str, Any]) -> str:
    """Return the document as text: indented, in UTF-8, with what a terminal might act on as JSON's own escapes."""
    return harmless_json(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2)) + "\n"


def _coverage(coverage: Coverage) -> dict[str, Any]:
    """Return what of the contract was seen."""
    return {
        "percent": coverage.percent,
        "seen": coverage.seen,
        "points": [
            {"operation": p.operation, "kind": p.kind.value, "where": p.where, "what": p.what, "seen": p.seen}
            for p in coverage.points
        ],
    }


def _known(tally: KnownTally, redactor: Redactor) -> dict[str, Any]:
    """Return a known finding, and the IDs of what it is about."""
    known = tally.known
    return {
        "id": known.id,
        "law": known.law,
        "cause": redactor.text(known.cause),
        "reason": redactor.text(known.reason),
        "expires": known.expires.isoformat(),
        "expired": tally.expired,
        "findings": list(tally.findings),
    }
