"""A contract of orders whose target may take none, and what the whole command says of it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.in_process import bothends

TARGET = Path(__file__).parent / "target.py"
GIVEN = {
    "400": "malformed-body",
    "401": "signed-out",
    "415": "unsupported-media-type",
    "422": "invalid-body",
    "502": "upstream-wrong",
    "503": "upstream-unreachable",
    "504": "upstream-timeout",
}
_ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["item", "quantity"],
    "properties": {
        "item": {"type": "string", "minLength": 1, "maxLength": 40},
        "quantity": {"type": "integer", "enum": [1]},
    },
    "additionalProperties": False,
}
_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["id", "item", "left"],
    "properties": {
        "id": {"type": "string", "x-from": "answer.body#/id"},
        "item": {"type": "string", "x-from": "request.body#/item"},
        "left": {"type": "integer", "x-from": "upstream.stock#/left"},
    },
}
_ID: dict[str, Any] = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
SETTINGS = """\
spec = "openapi.json"
[target]
command = [{python}, {target}]
env = {{PORT = "{{port}}", BUG = {bug}, STOCK = "{{world.stock}}", INGEST = "{{world.ingest}}"}}
[world]
upstream_timeout_ms = 800
[world.sessions.caller]
kind = "static"
callers = [
  {{headers = {{Authorization = "Bearer ada-9d1c4e77"}}}},
  {{headers = {{Authorization = "Bearer bob-51f0a2c8"}}}},
]
[world.upstreams.stock]
method = "GET"
path = "/stock"
answer = "openapi.json#/components/schemas/Stock"
session = false
[world.ingest]
kind = "webhook"
"""


def spec() -> dict[str, Any]:
    """Return the document."""

    def json_of(schema: dict[str, Any]) -> dict[str, Any]:
        return {"application/json": {"schema": schema}}

    answers: dict[str, Any] = {"201": {"description": "Ordered.", "content": json_of(_ID)}}
    for status, family in GIVEN.items():
        answers[status] = {"description": "Refused.", "x-given": family}
    callback = {
        "x-when": True,
        "x-delivery": "acknowledged",
        "requestBody": {"content": json_of(_EVENT)},
        "responses": {"200": {"description": "Taken."}},
    }
    operation = {
        "operationId": "order",
        "security": [{"caller": []}],
        "requestBody": {"required": True, "content": json_of(_ORDER)},
        "responses": answers,
        "callbacks": {"ordered": {"{ingest}/orders": {"post": callback}}},
    }
    stock = {
        "type": "object",
        "required": ["left"],
        "properties": {"left": {"type": "integer", "minimum": 0, "maximum": 10**9}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Orders", "version": "1"},
        "paths": {"/orders": {"post": operation}},
        "components": {
            "securitySchemes": {"caller": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Stock": stock},
        },
    }


@dataclass(frozen=True)
class Ended:
    """How a run has ended.

    Attributes:
        code: Its exit code.
        out: What a person sees.
        report: The JSON report.
    """

    code: int
    out: str
    report: dict[str, Any]

    @property
    def laws(self) -> set[str]:
        """The laws that errors are of."""
        return {finding["law"] for finding in self.report["findings"] if finding["severity"] == "error"}

    @property
    def missing(self) -> dict[str, dict[str, Any]]:
        """What was not proven, by what it is."""
        return {each["what"]: each for each in self.report["not_proven"]}

    def broken(self, law: str) -> int:
        """How many exchanges broke a law, as the table of laws says."""
        return sum(each["broken"] for each in self.report["laws"] if each["law"] == law)


WORDS = ("verify", "--profile", "quick", "--seed", "1", "--max-examples", "8")


def write(folder: Path, bug: str) -> None:
    """Write contract and settings into a folder, of the target with a bug; empty: it is right."""
    settings = SETTINGS.format(python=json.dumps(sys.executable), target=json.dumps(str(TARGET)), bug=json.dumps(bug))
    (folder / "openapi.json").write_text(json.dumps(spec()), encoding="utf-8")
    (folder / "bothends.toml").write_text(settings, encoding="utf-8")


def verify(folder: Path, bug: str, *words: str) -> Ended:
    """Write contract and settings into a folder, and verify the target with a bug."""
    write(folder, bug)
    return run(folder, *WORDS, *words)


def run(folder: Path, *words: str) -> Ended:
    """Run a command in a folder."""
    report = folder / "report.json"
    done = bothends(folder, *words, "--json", str(report))
    assert done.stderr == "", done.stderr
    return Ended(done.returncode, done.stdout, json.loads(report.read_text("utf-8")))
