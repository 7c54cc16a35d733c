"""Records as JSON values: bounded, and without secrets. What the JSON report and the NDJSON stream are made of."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bothends.conditions import sentence, sentences
from bothends.laws import cause_in_words
from bothends.records import NoAnswer
from bothends.reports.as_sent import shell_line
from bothends.reports.finding import signed_in

if TYPE_CHECKING:
    from bothends.records import Answer, Case, Delivery, Exchange, Finding, UpstreamCall
    from bothends.reports.redact import Redactor
    from bothends.reports.reporter import Surroundings

LONGEST_BODY = 8192
"""Bytes of a request's or an answer's body that are written; its size is told whole."""
MOST_DELIVERIES = 8
"""Deliveries of one exchange that are written."""


def finding_value(finding: Finding, base_url: str, surroundings: Surroundings, redactor: Redactor) -> dict[str, Any]:
    """Return a finding, with its smallest request and the exchange that showed it."""
    breach, case = finding.breach, finding.case
    credential = None if breach.exchange is None else breach.exchange.credential
    command = shell_line(case, base_url, signed_in=signed_in(finding), credential=credential)
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
        "history": [{**asdict(step), "given": list(sentences(step.given))} for step in finding.history],
        "consequences": [asdict(one) for one in finding.consequences],
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
        "manner": case.manner,
        "raw": None if request.raw is None else body_value(request.raw, len(request.raw), redactor),
        "method": redactor.text(request.method),
        "target": redactor.text(request.target),
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


def body_value(body: bytes, size: int, redactor: Redactor) -> dict[str, Any]:
    """Return a body as text when it is UTF-8, else as base64; cut at `LONGEST_BODY`."""
    try:
        return {"text": redactor.text(body.decode())[:LONGEST_BODY], "size": size}
    except UnicodeDecodeError:
        text = body.decode(errors="backslashreplace")
        shown = redactor.text(text)
        if shown != text:  # base64 would only disguise the secret
            return {"text": shown[:LONGEST_BODY], "size": size}
        return {"base64": base64.b64encode(body[:LONGEST_BODY]).decode(), "size": size}


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
