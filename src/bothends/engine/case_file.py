"""Cases as JSON, so that what showed a finding can be played again."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from bothends.records import Case, Condition, Expectation, Request

if TYPE_CHECKING:
    from collections.abc import Iterable


def conditions_to_json(conditions: Iterable[Condition]) -> list[dict[str, Any]]:
    """Return conditions as a JSON value."""
    return [{"name": one.name, "subject": one.subject, "parameters": one.texts} for one in conditions]


def conditions_from_json(value: list[dict[str, Any]]) -> tuple[Condition, ...]:
    """Return the conditions that `conditions_to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError: It is not what that writes.
    """
    return tuple(Condition.of(one["name"], one["subject"], **dict(one["parameters"])) for one in value)


def to_json(case: Case) -> dict[str, Any]:
    """Return a case as a JSON value; bodies are base64, as they need not be text."""
    request = case.request
    return {
        "operation": case.operation,
        "family": case.family,
        "name": case.name,
        "given": conditions_to_json(case.given),
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
        "expect": _expectation_to_json(case.expect),
        "following": None if case.following is None else _expectation_to_json(case.following),
        "origin": None if case.origin is None else dict(case.origin),
    }


def from_json(value: dict[str, Any]) -> Case:
    """Return the case that `to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError: It is not what `to_json` writes.
    """
    request, following = value["request"], value["following"]
    return Case(
        operation=value["operation"],
        family=value["family"],
        name=value["name"],
        given=conditions_from_json(value["given"]),
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
        expect=_expectation_from_json(value["expect"]),
        following=None if following is None else _expectation_from_json(following),
        origin=value["origin"],
    )


def _expectation_to_json(expect: Expectation) -> dict[str, Any]:
    return {
        "statuses": sorted(expect.statuses),
        "refused": expect.refused,
        "server_error": expect.server_error,
        "why": expect.why,
        "any_answer": expect.any_answer,
        "any_refusal": expect.any_refusal,
        "any_redirect": expect.any_redirect,
        "promise": expect.promise,
        "promised": sorted(expect.promised),
        "absent": sorted(expect.absent),
    }


def _expectation_from_json(value: dict[str, Any]) -> Expectation:
    return Expectation(
        statuses=frozenset(value["statuses"]),
        refused=value["refused"],
        server_error=value["server_error"],
        why=value["why"],
        any_answer=value["any_answer"],
        any_refusal=value["any_refusal"],
        any_redirect=value.get("any_redirect", False),
        promise=value["promise"],
        promised=frozenset(value["promised"]),
        absent=frozenset(value["absent"]),
    )
