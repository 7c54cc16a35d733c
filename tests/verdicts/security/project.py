"""A contract with a certain sign-in in a folder of its own, and what the whole command says of a target."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.waiting import LONGEST

TARGET = Path(__file__).with_name("target.py")

SCHEMES: dict[str, dict[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
}
PARTS = {
    "bearer": 'headers = {Authorization = "Bearer {env.TOKEN_%d}"}',
    "basic": 'headers = {Authorization = "Basic {env.BASIC_%d}"}',
    "header": 'headers = {X-Key = "{env.TOKEN_%d}"}',
    "query": 'query = {key = "{env.TOKEN_%d}"}',
    "cookie": 'cookies = {sid = "{env.TOKEN_%d}"}',
}
SECRETS = {"TOKEN_1": "tok_AbCdEf0123456789", "TOKEN_2": "tok_GhIjKl9876543210"} | {
    "PASSWORD_1": "correct-horse-1",
    "PASSWORD_2": "battery-staple-2",
}


PROBLEMS = {
    status: {"description": "Refused.", "x-given": family}
    for status, family in {
        "400": "malformed-body",
        "415": "unsupported-media-type",
        "422": "invalid-body",
        "502": "upstream-wrong",
        "503": "upstream-unreachable",
        "504": "upstream-timeout",
    }.items()
}


def environment() -> dict[str, str]:
    """Return the environment of the command, with the callers' secrets in it."""
    basic = {
        f"BASIC_{number}": base64.b64encode(f"ada:{SECRETS[f'PASSWORD_{number}']}".encode()).decode()
        for number in (1, 2)
    }
    return {**os.environ, **SECRETS, **basic, "NO_COLOR": "1", "COLUMNS": "200"}


def table(scheme: str, *, callers: int = 2, more: str = "", identity: bool = True) -> str:
    """Return the table of the settings that plays a scheme."""
    shown = [
        "{" + PARTS[scheme] % number + (f', identity = {{id = "user-{number}"}}' if identity else "") + "}"
        for number in range(1, callers + 1)
    ]
    return f'[world.sessions.{scheme}]\nkind = "static"\ncallers = [\n{",".join(shown)}\n]\n{more}\n'


@dataclass
class Said:
    """What the command said.

    Attributes:
        code: Its exit code.
        text: Its output.
        report: The JSON report.
    """

    code: int
    text: str
    report: Any

    @property
    def not_proven(self) -> dict[str, dict[str, str]]:
        """What was not proven, by its name."""
        return {item["what"]: item for item in self.report["not_proven"]}

    @property
    def laws(self) -> set[str]:
        """The laws of the errors."""
        return self._laws("error")

    @property
    def warnings(self) -> set[str]:
        """The laws of the warnings."""
        return self._laws("warning")

    def _laws(self, severity: str) -> set[str]:
        return {finding["law"] for finding in self.report["findings"] if severity == finding["severity"]}


@dataclass
class Project:
    """A contract and its target.

    Attributes:
        folder: Where it is written.
        security: The operation's `security`: alternatives of sets of scheme names.
        tables: The tables that play schemes.
        default: The document's `security`; None: it has none.
        own: Whether the operation has a `security` of its own.
        orders: Whether the operation places an order, with an event, and not reads a report.
        answers: Further declared answers.
    """

    folder: Path
    security: list[list[str]]
    tables: str = ""
    default: list[list[str]] | None = None
    own: bool = True
    orders: bool = False
    answers: dict[str, Any] = field(default_factory=dict)

    def spec(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        owner = {"type": "object", "required": ["owner"], "properties": {"owner": {"type": "string"}}}
        good = {"description": "Good.", "content": {"application/json": {"schema": owner}}}
        operation: dict[str, Any] = {"operationId": "placeOrder" if self.orders else "readReport"}
        operation["responses"] = {
            "202" if self.orders else "200": good,
            **(PROBLEMS if self.orders else {}),
            **self.answers,
        }
        if self.own:
            operation["security"] = [{name: [] for name in alternative} for alternative in self.security]
        if self.orders:
            operation |= _order()
        paths = {"/orders": {"post": operation}} if self.orders else {"/report": {"get": operation}}
        document: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "Reports", "version": "1"}, "paths": paths}
        if self.default is not None:
            document["security"] = [{name: [] for name in alternative} for alternative in self.default]
        return {**document, "components": {"securitySchemes": SCHEMES}}

    def write(self, broken: str, refusal: int) -> None:
        """Write the spec and the settings."""
        asked = self.security if self.own else self.default or []
        (self.folder / "openapi.json").write_text(json.dumps(self.spec(), indent=1))
        env = {"SECURITY": json.dumps(asked), "BREAK": broken, "REFUSAL": str(refusal)}
        lines = [f"{name} = {json.dumps(value)}" for name, value in env.items()]
        ingest = ['INGEST = "{world.ingest}"', 'EVENT_KEY = "{world.event_key}"'] if self.orders else []
        command = json.dumps(["python", str(TARGET)])
        (self.folder / "bothends.toml").write_text(
            "\n".join(
                [
                    'spec = "openapi.json"',
                    f"[target]\ncommand = {command}\nready = '/ready'",
                    "[target.env]\nPORT = '{port}'",
                    *lines,
                    *ingest,
                    "[world]\nupstream_timeout_ms = 1000",
                    *(['[world.ingest]\nkind = "inngest"'] if self.orders else []),
                    self.tables,
                ]
            )
        )

    def verify(self, broken: str = "", *more: str, refusal: int = 401) -> Said:
        """Return what the command says of a target that is right, or broken in one way."""
        self.write(broken, refusal)
        command = [
            sys.executable,
            "-m",
            "bothends",
            "verify",
            "--profile",
            "quick",
            "--max-examples",
            "10",
            "--seed",
            "1",
        ]
        report = self.folder / "report.json"
        done = subprocess.run(
            [*command, "--json", str(report), *more],
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
        )
        value = json.loads(report.read_text()) if report.exists() else None
        return Said(done.returncode, done.stdout + done.stderr, value)


def _order() -> dict[str, Any]:
    who = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "x-from": "session.id"}}}
    order = {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}}
    data = {"type": "object", "properties": {"sku": {"x-from": "request.body#/sku"}, "owner": who}}
    event = {"type": "object", "required": ["name", "data"], "properties": {"data": data}}
    sent = {
        "requestBody": {"content": {"application/json": {"schema": event}}},
        "responses": {"200": {"description": "."}},
    }
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {**order, "additionalProperties": False}, "example": {"sku": "a"}}
            },
        },
        "callbacks": {"placed": {"{ingest}/e/{eventKey}": {"post": sent}}},
    }
