"""A run as one JSON document; `report.schema.json` beside this file says what is in it."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from importlib import resources
from typing import TYPE_CHECKING, Any

from bothends.conditions import sentence, sentences
from bothends.contract.requests import ids_named
from bothends.laws import cause_in_words
from bothends.records import NoAnswer
from bothends.reports import tied
from bothends.reports.curl import as_sent, shell_line, waited_in_vain
from bothends.reports.finding import sent_cookies, signed_in
from bothends.reports.sanitize import Redactor, cookies_of, escape_json
from bothends.reports.whole_report import WholeReport
from bothends.reports.writers import report, version

if TYPE_CHECKING:
    from bothends.engine import RunStarted
    from bothends.records import (
        Answer,
        Case,
        Coverage,
        Delivery,
        Exchange,
        Finding,
        KnownTally,
        NotProven,
        Summary,
        UpstreamCall,
    )
    from bothends.reports.writers import Surroundings


# Records as JSON values: bounded, and without secrets. What the JSON report and the NDJSON stream are made of.

LONGEST_BODY = 8192
"""Bytes of a request's or an answer's body that are written; its size is told whole."""
MOST_DELIVERIES = 8
"""Deliveries of one exchange that are written."""


def finding_value(finding: Finding, base_url: str, surroundings: Surroundings, redactor: Redactor) -> dict[str, Any]:
    """Return a finding, with its smallest request and the exchange that showed it."""
    breach, case = finding.breach, finding.case
    exchange = breach.exchange
    credential, waited = (None, 0.0) if exchange is None else (exchange.credential, waited_in_vain(exchange))
    command = shell_line(case, base_url, signed_in=signed_in(finding), credential=credential, time_limit=waited)
    value = {
        "id": finding.id,
        "law": breach.law,
        "severity": breach.severity.value,
        "summary": breach.summary,
        "cause": cause_in_words(breach),
        "expected": breach.expected,
        "actual": breach.actual,
        "case": case.label if finding.replayable else None,
        "cases": list(finding.cases),
        "more_cases": finding.more_cases,
        "given": list(sentences(case.given)),
        "count": finding.count,
        "smaller": finding.smaller,
        "reproduced": finding.reproduced,
        "flaky": finding.flaky,
        "used_up": finding.used_up,
        "tied": tied.value(finding),
        "history": [{**asdict(step), "given": list(sentences(step.given))} for step in finding.history],
        "consequences": [asdict(one) for one in finding.consequences],
        "log": list(finding.log),
        "instances": [asdict(one) for one in finding.instances],
        "replay": surroundings.replay(finding.id) if finding.replayable else None,
    }
    shown: dict[str, Any] = redactor.value(value)
    # The command is made of bounded parts, and a command that is cut is none.
    shown["request"] = {**request_value(case, redactor), "curl": None if command is None else redactor.text(command)}
    shown["exchange"] = None if breach.exchange is None else exchange_value(breach.exchange, redactor)
    return shown


def request_value(case: Case, redactor: Redactor) -> dict[str, Any]:
    """Return a case's request without cookies."""
    request = case.request
    return {
        "manner": case.behaviour,
        "raw": None if request.raw is None else body_value(request.raw, len(request.raw), redactor),
        "method": redactor.text(request.method),
        "target": redactor.text(ids_named(request.target)),
        "headers": [list(pair) for pair in redactor.headers(request.headers)],
        "framing": request.framing,
        "body": None if request.body is None else body_value(request.body, len(request.body), redactor),
    }


def exchange_value(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    """Return what was witnessed of the exchange that showed the finding first."""
    return {
        "number": exchange.number,
        "seconds": round(exchange.ended - exchange.began, 6),
        "answer": answer_value(exchange.answer, redactor),
        "deliveries": [delivery_value(delivery, redactor) for delivery in exchange.deliveries[:MOST_DELIVERIES]],
        **({"again": [answer_value(one.answer, redactor) for one in exchange.repeats]} if exchange.repeats else {}),
    }


def answer_value(answer: Answer | NoAnswer, redactor: Redactor) -> dict[str, Any]:
    """Return an answer, or why there is none."""
    if isinstance(answer, NoAnswer):
        return {"none": answer.kind, "detail": redactor.value(answer.detail)}
    return {
        "status": answer.status,
        "headers": [list(pair) for pair in redactor.value(redactor.headers(answer.headers))],
        "body": body_value(answer.body, answer.size, redactor),
    }


def delivery_value(delivery: Delivery, redactor: Redactor) -> dict[str, Any]:
    """Return a delivery as sent and as consumed."""
    value = {
        "event": delivery.event,
        "post": delivery.post,
        "item": {"index": delivery.item, "of": len(delivery.payload)} if delivery.listed else None,
        "consumed": None if delivery.consumed is None else dict(delivery.consumed),
        "losses": [list(loss) for loss in delivery.losses],
        "status": delivery.status,
        "attempt": delivery.attempt,
        "stored": delivery.stored,
        "acknowledged": delivery.acknowledged,
        "refusal": delivery.refusal,
        "fault": None if delivery.fault is None else sentence(delivery.fault),
    }
    shown: dict[str, Any] = redactor.value(value)
    return shown


def body_value(body: bytes, size: int, redactor: Redactor, longest: int = LONGEST_BODY) -> dict[str, Any]:
    """Return a body as text when it is UTF-8, else as base64; cut at `longest`."""
    try:
        return {"text": redactor.text(body.decode())[:longest], "size": size}
    except UnicodeDecodeError:
        text = body.decode(errors="backslashreplace")
        shown = redactor.text(text)
        if shown != text:  # base64 would only disguise the secret
            return {"text": shown[:longest], "size": size}
        return {"base64": base64.b64encode(body[:longest]).decode(), "size": size}


def call_value(call: UpstreamCall, redactor: Redactor) -> dict[str, Any]:
    """Return a call to an upstream, and what it was given."""
    value = {
        "upstream": call.upstream,
        "request_line": call.request_line,
        "began": round(call.began, 6),
        "ended": round(call.ended, 6),
        "status": call.status,
        "value": call.value,
        "fault": None if call.fault is None else sentence(call.fault),
    }
    shown: dict[str, Any] = redactor.value(value)
    return shown


@report("json", "write a JSON report")
class JsonReport(WholeReport):
    """The JSON report."""

    option = "--json"

    def text(self, summary: Summary, started: RunStarted | None, surroundings: Surroundings) -> str:  # noqa: D102 -- as there
        return written(document(summary, started, surroundings))


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
        **origin_value(surroundings),
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
        "events": [asdict(tally) for tally in summary.events],
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
        "groups": [[finding.id for finding in group] for group in summary.groups],
        "findings": [
            finding_value(finding, base_url, surroundings, redactor.also(cookies_of(finding.breach.exchange)))
            for finding in summary.findings
        ],
        "not_proven": [
            _not_proven(item, base_url, redactor if item.shown is None else redactor.also(cookies_of(item.shown)))
            for item in summary.not_proven
        ],
        "target_failure": redactor.text(summary.target_failure),
        "harness_failure": redactor.text(summary.harness_failure),
        "by_machine": summary.by_machine,
        "log": [redactor.text(line) for line in summary.log],
    }


def origin_value(surroundings: Surroundings) -> dict[str, Any]:
    """Return when and where the run began, and of which commit; null: that is not known."""
    origin = surroundings.origin
    return {"began": None, "machine": None, "commit": None} if origin is None else origin.value


def _not_proven(item: NotProven, base_url: str, redactor: Redactor) -> dict[str, Any]:
    value: dict[str, Any] = {
        "what": item.what,
        "why": redactor.text(item.why),
        "where": redactor.text(item.where),
        "add": redactor.text(item.add),
    }
    shown = item.shown
    if shown is None:
        return value
    case = as_sent(shown)
    line = shell_line(
        case, base_url, signed_in=sent_cookies(shown), credential=shown.credential, time_limit=waited_in_vain(shown)
    )
    request = {**request_value(case, redactor), "curl": None if line is None else redactor.text(line)}
    return {**value, "request": request, "answer": answer_value(shown.answer, redactor)}


def written(value: dict[str, Any]) -> str:
    """Return the document as text: indented, in UTF-8, with control characters as JSON escapes."""
    return escape_json(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2)) + "\n"


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
        "operation": redactor.text(known.operation),
        "cause": redactor.text(known.cause),
        "status": redactor.text(known.status),
        "case": redactor.text(known.case),
        "broad": known.broad,
        "reason": redactor.text(known.reason),
        "expires": known.expires.isoformat(),
        "expired": tally.expired,
        "findings": list(tally.findings),
    }
