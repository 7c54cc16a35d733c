"""A run as one JSON document; `report.schema.json` beside this file says what is in it."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.engine.events import RunFinished, RunStarted
from bothends.errors import HarnessError, Location
from bothends.records import NoAnswer
from bothends.reports.as_sent import shell_line
from bothends.reports.finding import signed_in
from bothends.reports.redact import Redactor, cookies_of
from bothends.reports.reporter import version

if TYPE_CHECKING:
    from bothends.engine.events import Event
    from bothends.records import Answer, Case, Delivery, Exchange, Finding, Summary
    from bothends.reports.reporter import Stream, Surroundings

LONGEST_BODY = 8192
"""Bytes of a request's or an answer's body that are written; its size is told whole."""
MOST_DELIVERIES = 8
"""Deliveries of one exchange that are written."""


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
            text = written(document(event.summary, self._started, self._surroundings))
            if isinstance(self._place, Path):
                write(self._place, text)
            else:
                self._place.write(text)
                self._place.flush()

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
        "findings": [
            _finding(finding, base_url, surroundings, redactor.also(cookies_of(finding.breach.exchange)))
            for finding in summary.findings
        ],
        "not_proven": [{"what": item.what, "why": redactor.text(item.why)} for item in summary.not_proven],
        "target_failure": redactor.text(summary.target_failure),
        "harness_failure": redactor.text(summary.harness_failure),
        "log": [redactor.text(line) for line in summary.log],
    }


def written(value: dict[str, Any]) -> str:
    """Return the document as text: indented, in UTF-8, with lone surrogates as JSON's own escapes."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    return text.encode(errors="backslashreplace").decode()


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all; what is no regular file (a pipe, a device) is written straight.

    Raises:
        HarnessError: It can't be written.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise HarnessError(
            f"The report can't be written: {error.strerror}.",
            where=Location(path),
            advice="make room, or name another file with --json",
        ) from error


def _finding(finding: Finding, base_url: str, surroundings: Surroundings, redactor: Redactor) -> dict[str, Any]:
    """Return a finding."""
    breach, case = finding.breach, finding.case
    command = shell_line(case, base_url, signed_in=signed_in(finding))
    value = {
        "id": finding.id,
        "law": breach.law,
        "severity": breach.severity.value,
        "summary": breach.summary,
        "cause": breach.cause,
        "expected": breach.expected,
        "actual": breach.actual,
        "case": case.label,
        "cases": list(finding.cases),
        "more_cases": finding.more_cases,
        "given": list(case.given),
        "count": finding.count,
        "smaller": finding.smaller,
        "reproduced": finding.reproduced,
        "flaky": finding.flaky,
        "history": [asdict(step) for step in finding.history],
        "consequences": [asdict(one) for one in finding.consequences],
        "replay": surroundings.replay(finding.id),
    }
    shown: dict[str, Any] = redactor.value(value)
    # The command is made of bounded parts, and a command that is cut is none.
    shown["request"] = {**_request(case, redactor), "curl": None if command is None else redactor.text(command)}
    shown["exchange"] = None if breach.exchange is None else _exchange(breach.exchange, redactor)
    return shown


def _request(case: Case, redactor: Redactor) -> dict[str, Any]:
    """Return a case's request without cookies."""
    request = case.request
    return {
        "manner": case.manner,
        "raw": None if request.raw is None else _body(request.raw, len(request.raw), redactor),
        "method": redactor.text(request.method),
        "target": redactor.text(request.target),
        "headers": [list(pair) for pair in redactor.headers(request.headers)],
        "framing": request.framing,
        "body": None if request.body is None else _body(request.body, len(request.body), redactor),
    }


def _exchange(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    """Return what was witnessed of the exchange that showed the finding first."""
    return {
        "number": exchange.number,
        "seconds": round(exchange.ended - exchange.began, 6),
        "answer": _answer(exchange.answer, redactor),
        "deliveries": [_delivery(delivery, redactor) for delivery in exchange.deliveries[:MOST_DELIVERIES]],
    }


def _answer(answer: Answer | NoAnswer, redactor: Redactor) -> dict[str, Any]:
    """Return an answer, or why there is none."""
    if isinstance(answer, NoAnswer):
        return {"none": answer.kind, "detail": redactor.value(answer.detail)}
    return {
        "status": answer.status,
        "headers": [list(pair) for pair in redactor.value(redactor.headers(answer.headers))],
        "body": _body(answer.body, answer.size, redactor),
    }


def _delivery(delivery: Delivery, redactor: Redactor) -> dict[str, Any]:
    """Return a delivery as sent and as consumed."""
    value = {
        "event": delivery.event,
        "consumed": None if delivery.consumed is None else dict(delivery.consumed),
        "losses": [list(loss) for loss in delivery.losses],
        "status": delivery.status,
        "attempt": delivery.attempt,
        "stored": delivery.stored,
        "acknowledged": delivery.acknowledged,
        "refusal": delivery.refusal,
        "fault": delivery.fault,
    }
    shown: dict[str, Any] = redactor.value(value)
    return shown


def _body(body: bytes, size: int, redactor: Redactor) -> dict[str, Any]:
    """Return a body as text when it is UTF-8, else as base64; cut at `LONGEST_BODY`."""
    try:
        return {"text": redactor.text(body.decode())[:LONGEST_BODY], "size": size}
    except UnicodeDecodeError:
        text = body.decode(errors="backslashreplace")
        shown = redactor.text(text)
        if shown != text:  # base64 would only disguise the secret
            return {"text": shown[:LONGEST_BODY], "size": size}
        return {"base64": base64.b64encode(body[:LONGEST_BODY]).decode(), "size": size}
