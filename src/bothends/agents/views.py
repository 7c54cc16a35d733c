"""What an agent is told of a run and of a finding: a part of the JSON report, small enough to be read at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.agents.sizes import LARGEST_FINDING, as_text, fitted, paged
from bothends.agents.tools import object_of
from bothends.records import Verdict, count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_TEXTS = {"type": "array", "items": _TEXT}
_MOST = 3
"""How many of some like things are shown: cases, events, consequences."""

FINDING = object_of(
    {
        "id": _TEXT,
        "law": _TEXT,
        "severity": _TEXT,
        "summary": _TEXT,
        "promised": _TEXT,
        "happened": _TEXT,
        "case": _TEXT,
        "given": _TEXTS,
        "seen": _NUMBER,
        "sure": _TEXT,
        "request": _TEXT,
        "answer": _TEXT,
        "events": _TEXTS,
        "history": _TEXTS,
        "hence": _TEXTS,
        "replay": _TEXT,
        "details": _TEXTS,
    },
    ("id", "law", "severity", "summary", "promised", "happened"),
)
"""The schema of a finding."""
DETAILS = ("request", "exchange", "cases", "instances", "consequences", "history")
"""The parts of a finding that are shown whole on request, as the JSON report names them."""
_SPARE = ("hence", "history", "events", "given", "answer", "request")
"""What a finding may lack, the least needed first."""

_ROW = dict.fromkeys(("id", "law", "severity", "operation", "summary", "sure"), _TEXT)
RUN = object_of(
    {
        "verdict": {"enum": [one.value for one in Verdict]},
        "exit_code": _NUMBER,
        "interrupted": {"type": "boolean"},
        "seconds": _NUMBER,
        "exchanges": _NUMBER,
        "seed": _NUMBER,
        "coverage": _TEXT,
        "failure": _TEXT,
        "notes": _TEXTS,
        "findings": {"type": "array", "items": object_of(_ROW, ("id", "law", "severity", "summary"))},
        "not_proven": {"type": "array", "items": object_of({"what": _TEXT, "why": _TEXT, "add": _TEXT}, ("what",))},
        "page": _NUMBER,
        "pages": _NUMBER,
        "next": _TEXT,
    },
    ("verdict", "exit_code", "interrupted", "findings", "not_proven", "page", "pages"),
)
"""The schema of a run."""


def run_view(report: Mapping[str, Any], page: int) -> dict[str, Any]:
    """Return one page of a run.

    Args:
        report: The JSON report.
        page: Which page, from 1.

    Raises:
        ContractError: There is no such page.
    """
    accepted = {found for known in report["known"] if not known["expired"] for found in known["findings"]}
    coverage = report["coverage"]
    head = {
        "verdict": report["verdict"],
        "exit_code": report["exit_code"],
        "interrupted": report["interrupted"],
        "seconds": report["seconds"],
        "exchanges": report["exchanges"],
        "seed": report["seed"],
        "coverage": f"{coverage['seen']} of {count_of(len(coverage['points']), 'point')} of the contract were seen",
        **_failure(report),
        "notes": report["notes"][:_MOST],
    }
    rows = {
        "findings": [_row(finding, finding["id"] in accepted) for finding in report["findings"]],
        "not_proven": [{name: item[name] for name in ("what", "why", "add")} for item in report["not_proven"]],
    }
    return paged({**head, "next": _next(report)}, rows, page)


def _failure(report: Mapping[str, Any]) -> dict[str, str]:
    text = report["target_failure"] or report["harness_failure"]
    return {"failure": text} if text else {}


def _row(finding: Mapping[str, Any], accepted: bool) -> dict[str, Any]:  # noqa: FBT001 -- a row has both
    return {
        "id": finding["id"],
        "law": finding["law"],
        "severity": f"known {finding['severity']}" if accepted else finding["severity"],
        "operation": next((one["operation"] for one in finding["instances"]), ""),
        "summary": finding["summary"],
        "sure": _sure(finding),
    }


def _sure(finding: Mapping[str, Any]) -> str:
    """Return how sure it is that a finding shows again."""
    if finding["flaky"]:
        return "flaky: it was not reproduced"
    return "reproduced" if finding["reproduced"] else "not retried"


def _next(report: Mapping[str, Any]) -> str:
    if report["findings"]:
        return "explain with the id of a finding shows its request, its answer and its event"
    if report["target_failure"] or report["harness_failure"]:
        return "explain without a name and with detail `log` shows the end of the target's log"
    return "explain without a name and with a page shows more of this run" if report["not_proven"] else ""


def finding_view(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Return a finding.

    Args:
        finding: As it stands in the JSON report.
    """
    exchange = finding["exchange"] or {}
    request = finding["request"]
    details = [name for name in DETAILS if finding[name]]
    value = {
        "id": finding["id"],
        "law": finding["law"],
        "severity": finding["severity"],
        "summary": finding["summary"],
        "promised": finding["expected"],
        "happened": finding["actual"],
        "case": finding["case"] or "",
        "given": finding["given"],
        "seen": finding["count"],
        "sure": _sure(finding),
        "request": request["curl"] or f"no curl can send it: {request['method']} {request['target']}",
        "answer": answer_text(exchange.get("answer")),
        "events": [_event(one) for one in exchange.get("deliveries", ())[:_MOST]],
        "history": [_step(one) for one in finding["history"][:_MOST]],
        "hence": [f"{one['law']}: {one['summary']}" for one in finding["consequences"][:_MOST]],
        "replay": finding["replay"] or "",
        "details": details,
    }
    return fitted({name: one for name, one in value.items() if one not in ("", [])}, LARGEST_FINDING, _SPARE)


def answer_text(answer: Mapping[str, Any] | None) -> str:
    """Return an answer in one text; empty: there was no request to answer."""
    if answer is None:
        return ""
    if "none" in answer:
        return f"none: {answer['none']} {answer['detail']}"
    media = next((value for name, value in answer["headers"] if name.lower() == "content-type"), "")
    body = answer["body"]
    return " ".join(filter(None, (str(answer["status"]), media, body.get("text", count_of(body["size"], "byte")))))


def _event(delivery: Mapping[str, Any]) -> str:
    stored = "stored" if delivery["stored"] else f"not stored: {delivery['refusal'] or delivery['fault'] or ''}"
    return f"attempt {delivery['attempt']}, {stored}: {as_text(delivery['event'])}"


def _step(step: Mapping[str, Any]) -> str:
    world = " and ".join(step["given"]) or "all services work"
    return f"{count_of(step['requests'], 'request')}, {step['at_once']} at once, while {world}"


def trace_of(exchanges: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what a replay has seen: for each exchange the answer, the calls to upstreams and the events.

    Args:
        exchanges: The lines of NDJSON of the exchanges.
    """
    return [
        {
            "case": one["case"],
            "given": " and ".join(one["given"]) or "all services work",
            "answer": answer_text(one["answer"]),
            "calls": [
                f"{call['upstream']}: {call['request_line']} -> {call['status'] or call['fault']}"
                for call in one["calls"][:_MOST]
            ],
            "events": [_event(each) for each in one["deliveries"][:_MOST]],
        }
        for one in exchanges
    ]
