"""Cases as JSON, so that what showed a finding can be played again."""

from __future__ import annotations

import base64
from typing import Any

from bothends.records import Case, Expectation, Request


def to_json(case: Case) -> dict[str, Any]:
    """Return a case as a JSON value; bodies are base64, as they need not be text."""
    request = case.request
    return {
        "operation": case.operation,
        "family": case.family,
        "name": case.name,
        "given": list(case.given),
        "alone": case.alone,
        "manner": case.manner,
        "crowd": case.crowd,
        "together": case.together,
        "request": {
            "method": request.method,
            "target": request.target,
            "headers": [list(pair) for pair in request.headers],
            "body": None if request.body is None else base64.b64encode(request.body).decode(),
            "framing": request.framing,
            "raw": None if request.raw is None else base64.b64encode(request.raw).decode(),
        },
        "expect": {
            "statuses": sorted(case.expect.statuses),
            "refused": case.expect.refused,
            "server_error": case.expect.server_error,
            "why": case.expect.why,
            "any_answer": case.expect.any_answer,
            "any_refusal": case.expect.any_refusal,
        },
        "origin": None if case.origin is None else dict(case.origin),
    }


def from_json(value: dict[str, Any]) -> Case:
    """Return the case that `to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError: It is not what `to_json` writes.
    """
    request, expect = value["request"], value["expect"]
    return Case(
        operation=value["operation"],
        family=value["family"],
        name=value["name"],
        given=tuple(value["given"]),
        alone=value["alone"],
        manner=value["manner"],
        crowd=value["crowd"],
        together=value["together"],
        request=Request(
            method=request["method"],
            target=request["target"],
            headers=tuple((name, text) for name, text in request["headers"]),
            body=None if request["body"] is None else base64.b64decode(request["body"], validate=True),
            framing=request["framing"],
            raw=None if request["raw"] is None else base64.b64decode(request["raw"], validate=True),
        ),
        expect=Expectation(
            statuses=frozenset(expect["statuses"]),
            refused=expect["refused"],
            server_error=expect["server_error"],
            why=expect["why"],
            any_answer=expect["any_answer"],
            any_refusal=expect["any_refusal"],
        ),
        origin=value["origin"],
    )
