"""Whole runs against a small server that sends what it is told to."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.in_process import bothends

TARGET = Path(__file__).with_name("target.py")
ORDER = {"type": "string", "x-from": "answer.body#/id"}
ROUTE: dict[str, Any] = {
    "operationId": "placeOrder",
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["sku"],
                    "properties": {
                        "sku": {"type": "string", "minLength": 1},
                        "callbackUrl": {"type": "string", "format": "uri"},
                    },
                    "additionalProperties": False,
                },
                "example": {"sku": "apple"},
            }
        },
    },
    "responses": {
        "201": {
            "description": "Taken.",
            "content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}},
        },
        "400": {"description": "Malformed.", "x-given": "malformed-body"},
        "415": {"description": "Of another type.", "x-given": "unsupported-media-type"},
        "422": {"description": "Invalid.", "x-given": "invalid-body"},
        "502": {"description": "The receiver failed."},
    },
}


def callback(url: str, member: str = "order", /, **said: Any) -> dict[str, Any]:
    """Return a callback whose event has the order's id."""
    schema = {"type": "object", "required": [member], "properties": {member: ORDER}, "additionalProperties": False}
    body = {"content": {"application/json": {"schema": schema}}}
    extensions = {f"x-{name}": value for name, value in said.items()}
    return {url: {"post": {**extensions, "requestBody": body, "responses": {"200": {"description": "Thanks."}}}}}


@dataclass(frozen=True, slots=True)
class Told:
    """What a run said.

    Attributes:
        verdict: `proven`, `broken` or `not-proven`.
        broken: The laws that were broken.
        not_proven: What was not shown, with the reason.
        report: The whole report.
        called: The URLs that the target called.
    """

    verdict: str
    broken: list[str]
    not_proven: dict[str, str]
    report: dict[str, Any]
    called: list[str]


class Folder:
    """A contract on disk, and the target that is held to it."""

    def __init__(self, path: Path) -> None:
        """Take an empty folder."""
        self._path = path
        self.route = json.loads(json.dumps(ROUTE))
        self.path = "/orders"

    def verify(self, *sends: dict[str, Any], settings: str = "", **env: str) -> Told:
        """Verify a target that sends these events for each order."""
        spec = {
            "openapi": "3.1.0",
            "info": {"title": "Orders", "version": "1"},
            "paths": {self.path: {"post": self.route}},
        }
        (self._path / "openapi.json").write_text(json.dumps(spec), "utf-8")
        called = self._path / "called.txt"
        variables = {"SENDS": _escaped(json.dumps(sends)), "CALLED": str(called), "PORT": "{port}", **env}
        lines = [
            'spec = "openapi.json"',
            "[target]",
            f"command = [{json.dumps(sys.executable)}, {json.dumps(str(TARGET))}]",
            'ready = "/ready"',
            "[target.env]",
            *(f"{name} = {json.dumps(value)}" for name, value in variables.items()),
            "[world]",
            "upstream_timeout_ms = 1500",
            settings,
        ]
        (self._path / "bothends.toml").write_text("\n".join(lines), "utf-8")
        words = ["verify", "--profile", "quick", "--seed", "1", "--json", "report.json"]
        done = bothends(self._path, *words)
        assert (self._path / "report.json").exists(), done.stdout + done.stderr
        report = json.loads((self._path / "report.json").read_text("utf-8"))
        crash = "".join(file.read_text("utf-8") for file in self._path.glob(".bothends/crash-*.txt"))
        assert "" == report["harness_failure"] == report["target_failure"], crash
        errors = [finding for finding in report["findings"] if finding["severity"] == "error"]
        return Told(
            report["verdict"],
            sorted({finding["law"] for finding in errors}),
            {item["what"]: item["why"] for item in report["not_proven"]},
            report,
            called.read_text("utf-8").split() if called.exists() else [],
        )


def _escaped(text: str) -> str:
    """Return a text for `[target.env]`: what is in angle brackets is a variable, any other brace is one."""
    return text.replace("{", "{{").replace("}", "}}").replace("<", "{").replace(">", "}")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return a contract that a test can change."""
    return Folder(tmp_path)
