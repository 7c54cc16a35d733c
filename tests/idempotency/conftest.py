"""Whole runs against a server that takes each key once."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.in_process import bothends

TARGET = Path(__file__).with_name("target.py")
FULL = {"conflict": 409, "in_flight": 423, "errors": "again"}
BARE: dict[str, Any] = {"type": "string", "minLength": 8, "maxLength": 80}
QUOTED: dict[str, Any] = {"type": "string", "pattern": '^"[ -!#-\\[\\]-~]{8,80}"$'}
CALLERS = {"Bearer of-alice-81d2": "alice", "Bearer of-bob-77c0": "bob"}

EVENT = {
    "type": "object",
    "required": ["name", "id", "data"],
    "properties": {
        "name": {"const": "order/placed"},
        "id": {"type": "string"},
        "data": {
            "type": "object",
            "required": ["id", "sku", "by"],
            "properties": {
                "id": {"type": "string", "x-from": "answer.body#/id"},
                "sku": {"type": "string", "x-from": "request.body#/sku"},
                "by": {"type": "string"},
            },
        },
    },
}


def spec(promised: Any, key: dict[str, Any], *, signed_in: bool) -> dict[str, Any]:
    """Return the contract of the server."""
    answer = {"application/json": {"schema": {"type": "object"}}}
    order = {
        "type": "object",
        "required": ["sku"],
        "properties": {"sku": {"type": "string", "minLength": 1}},
        "additionalProperties": False,
    }
    families = {"400": "malformed-body", "415": "unsupported-media-type", "422": "invalid-body"}
    responses: dict[str, Any] = {
        "201": {
            "description": "Taken.",
            "content": {"application/json": {"schema": {"type": "object", "required": ["id", "sku"]}}},
        },
        **{status: {"description": name, "x-given": name, "content": answer} for status, name in families.items()},
        "409": {"description": "The key came with another body.", "content": answer},
        "423": {"description": "A request with the key is under way.", "content": answer},
        "502": {"description": "The receiver failed.", "content": answer, "x-given": "upstream-wrong"},
    }
    if promised is True:
        del responses["409"], responses["423"]
    operation: dict[str, Any] = {
        "operationId": "placeOrder",
        "parameters": [
            {"name": "Idempotency-Key", "in": "header", "required": True, "schema": key, "x-idempotency": promised}
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": order}}},
        "responses": responses,
        "callbacks": {
            "placed": {
                "{ingest}/e/{eventKey}": {
                    "post": {
                        "x-when": True,
                        "x-delivery": "acknowledged",
                        "requestBody": {"content": {"application/json": {"schema": EVENT}}},
                        "responses": {"200": {"description": "Stored."}},
                    }
                }
            }
        },
    }
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Orders", "version": "1"},
        "paths": {"/orders": {"post": operation}},
    }
    if signed_in:
        responses["401"] = {"description": "Who?", "x-given": "signed-out", "content": answer}
        operation["security"] = [{"bearer": []}]
        document["components"] = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
    return document


@dataclass(frozen=True, slots=True)
class Told:
    """What a run said.

    Attributes:
        verdict: `proven`, `broken` or `not-proven`.
        broken: The laws that were broken, also those below a cause.
        first: The laws of the findings that stand by themselves.
        not_proven: What was not shown, with the reason.
        report: The whole report.
    """

    verdict: str
    broken: list[str]
    first: list[str]
    not_proven: dict[str, str]
    report: dict[str, Any]


class Folder:
    """A contract on disk, and the server that is held to it."""

    def __init__(self, path: Path) -> None:
        """Take an empty folder."""
        self._path = path

    def verify(  # noqa: PLR0913 -- each is something else that a run depends on
        self,
        fault: str = "",
        *,
        promised: Any = FULL,
        key: dict[str, Any] = BARE,
        callers: dict[str, str] = CALLERS,
        seed: int = 1,
        only: str = "",
        **env: str,
    ) -> Told:
        """Verify the server."""
        document = spec(promised, key, signed_in=bool(callers))
        (self._path / "openapi.json").write_text(json.dumps(document), "utf-8")
        variables = {
            "PORT": "{port}",
            "EVENTS": "{world.ingest}/e/{world.ingest.event_key}",
            "FAULT": fault,
            "PROMISED": braces(json.dumps({} if promised is True else promised)),
            "CALLERS": braces(json.dumps(callers)),
            **({"QUOTED": "yes"} if key is QUOTED else {}),
            **env,
        }
        table = [f"{{headers = {{Authorization = {json.dumps(value)}}}}}" for value in callers]
        lines = [
            'spec = "openapi.json"',
            "[target]",
            f"command = [{json.dumps(sys.executable)}, {json.dumps(str(TARGET))}]",
            'ready = "/ready"',
            "[target.env]",
            *(f"{name} = {json.dumps(value)}" for name, value in variables.items()),
            "[world]",
            "upstream_timeout_ms = 1500",
            "[world.ingest]",
            'kind = "inngest"',
        ]
        if callers:
            lines += ["[world.sessions.bearer]", 'kind = "static"', f"callers = [{', '.join(table)}]"]
            lines += ['wrong = [{headers = {Authorization = "Bearer nobody"}}]']
        (self._path / "bothends.toml").write_text("\n".join(lines), "utf-8")
        words = ["verify", "--profile", "quick", "--seed", str(seed), "--json", "report.json"]
        words += ["--only", only] if only else []
        done = bothends(self._path, *words)
        assert (self._path / "report.json").exists(), done.stdout + done.stderr
        return told(json.loads((self._path / "report.json").read_text("utf-8")))


def told(report: dict[str, Any]) -> Told:
    """Return what a report says."""
    assert "" == report["harness_failure"] == report["target_failure"], report
    errors = [finding for finding in report["findings"] if finding["severity"] == "error"]
    below = [one["law"] for finding in report["findings"] for one in finding["consequences"]]
    first = sorted({finding["law"] for finding in errors})
    missing = {item["what"]: item["why"] for item in report["not_proven"]}
    return Told(report["verdict"], sorted({*first, *below}), first, missing, report)


def braces(text: str) -> str:
    """Return a text for `[target.env]`, where a brace begins a variable."""
    return text.replace("{", "{{").replace("}", "}}")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return an empty folder."""
    return Folder(tmp_path)
