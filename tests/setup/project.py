"""A contract whose target must be set up, and what the whole command says of it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.in_process import bothends

HERE = Path(__file__).parent
GIVEN = {
    "400": "malformed-body",
    "401": "signed-out",
    "403": "forbidden",
    "415": "unsupported-media-type",
    "422": "invalid-body",
    "502": "upstream-wrong",
    "503": "upstream-unreachable",
    "504": "upstream-timeout",
}
EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["id", "item", "by", "project", "channel"],
    "properties": {
        "id": {"x-from": "answer.body#/id"},
        "item": {"x-from": "request.body#/item"},
        "by": {"x-from": "session.user.name"},
        "project": {"x-from": "setup.project"},
        "channel": {"x-from": "setup.channel"},
    },
}
ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["item", "channel"],
    "properties": {
        "item": {"type": "string", "minLength": 1},
        "channel": {"type": "integer", "minimum": 1, "x-from": "setup.channel"},
    },
}
ORDERED = {
    "description": "Ordered.",
    "content": {
        "application/json": {"schema": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}}
    },
}
STEPS = """\
[[target.setup]]
path = "/session"
form = {user = "admin", password = "open sesame"}
take = {admin = "body#/token"}

[[target.setup]]
path = "/session"
form = {user = "ada", password = "open sesame"}
take = {ada = "body#/token"}

[[target.setup]]
path = "/session"
form = {user = "bob", password = "open sesame"}
take = {bob = "body#/token"}

[[target.setup]]
path = "/session"
form = {user = "eve", password = "open sesame"}
take = {eve = "body#/token"}

[[target.setup]]
path = "/projects"
headers = {Authorization = "Bearer {setup.admin}"}
status = 201
take = {project = "body#/id", channel = "body#/channel", region = "body#/region", place = "header.Location"}

[[target.setup]]
method = "PUT"
path = "{setup.place}/hooks"
headers = {Authorization = "Bearer {setup.admin}"}
json = {url = "{world.hooks}/orders"}
status = [200, 204]
"""
CALLERS = """\
callers = [
  {headers = {Authorization = "Bearer {setup.ada}"}, identity = {name = "ada"}},
  {headers = {Authorization = "Bearer {setup.bob}"}, identity = {name = "bob"}},
]
"""


@dataclass
class Result:
    """How a command ended.

    Attributes:
        code: Its exit code.
        out: Its standard output.
        err: Its standard error.
        report: Its JSON report; empty where the run has not begun.
    """

    code: int
    out: str
    err: str
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def laws(self) -> set[str]:
        """The laws that errors are about."""
        return {found["law"] for found in self.report["findings"] if found["severity"] == "error"}


@dataclass
class Shop:
    """A contract and its target.

    Attributes:
        folder: Where it is written.
        setup: The lines of setup.
        target: More lines of `[target]`.
        callers: The callers of the session's table.
        env: More of the target's environment.
        given: Which answer is for which family.
        scheme: How callers sign in.
        kind: The kind of session that plays it.
    """

    folder: Path
    setup: str = STEPS
    target: str = ""
    callers: str = CALLERS
    env: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=lambda: {s: f for s, f in GIVEN.items() if f != "forbidden"})
    base: str = ""
    scheme: str = "bearer"
    kind: str = "static"

    def spec(self) -> dict[str, Any]:
        """Return the spec."""
        callback = {
            "x-when": True,
            "x-delivery": "acknowledged",
            "requestBody": {"content": {"application/json": {"schema": EVENT}}},
            "responses": {"204": {"description": "Taken."}},
        }
        parameters = [
            {
                "name": "project",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "pattern": "^p-", "x-from": "setup.project"},
            },
            {"name": "X-Region", "in": "header", "required": True, "schema": {}, "x-from": "setup.region"},
        ]
        operation = {
            "operationId": "order",
            "security": [{"caller": []}],
            "parameters": parameters,
            "requestBody": {"required": True, "content": {"application/json": {"schema": ORDER}}},
            "responses": {"201": ORDERED, "409": {"description": "Another channel."}}
            | {status: {"description": "Refused.", "x-given": family} for status, family in self.given.items()},
            "callbacks": {"ordered": {"{hooks}/orders": {"post": callback}}},
        }
        return {
            "openapi": "3.1.0",
            "info": {"title": "Shop", "version": "1"},
            **({"servers": [{"url": self.base}]} if self.base else {}),
            "paths": {"/projects/{project}/orders": {"post": operation}},
            "components": {"securitySchemes": {"caller": {"type": "http", "scheme": self.scheme}}},
        }

    def write(self) -> None:
        """Write spec and settings."""
        (self.folder / "spec.json").write_text(json.dumps(self.spec()))
        told = ", ".join(f"{name} = {json.dumps(value)}" for name, value in {"PORT": "{port}", **self.env}.items())
        lines = [
            'spec = "spec.json"',
            "[target]",
            f"command = [{json.dumps(sys.executable)}, {json.dumps(str(HERE / 'target.py'))}]",
            f"env = {{{told}}}",
            self.target,
            self.setup,
            "[world]",
            "upstream_timeout_ms = 800",
            "[world.sessions.caller]",
            f'kind = "{self.kind}"',
            self.callers,
            "[world.ingests.hooks]",
            'kind = "webhook"',
        ]
        (self.folder / "bothends.toml").write_text("\n".join(lines) + "\n")

    def run(self, *arguments: str, **env: str) -> Result:
        """Run `verify` on it."""
        self.write()
        report = self.folder / "report.json"
        done = bothends(
            self.folder, "verify", "--json", str(report), *arguments, env=env, notes=self.folder / "times.txt"
        )
        found = json.loads(report.read_text()) if report.exists() and done.returncode in {0, 1, 4} else {}
        return Result(done.returncode, done.stdout, done.stderr, found)
