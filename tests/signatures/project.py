"""A contract for the target of this folder, and what the whole command says of one."""

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
    "415": "unsupported-media-type",
    "422": "invalid-body",
    "502": "upstream-wrong",
    "503": "upstream-unreachable",
    "504": "upstream-timeout",
}
EVENT = {
    "type": "object",
    "required": ["order", "item"],
    "properties": {
        "order": {"type": "string", "x-from": "answer.body#/id"},
        "item": {"type": "string", "x-from": "request.body#/item"},
    },
}
ORDER = {"type": "object", "required": ["item"], "properties": {"item": {"type": "string", "minLength": 1}}}
MADE = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
TEMPLATE = """
[world.ingests.hooks.signature]
headers = {X-Hook-Id = "{id}", X-Hook-Timestamp = "{timestamp}", X-Hook-Signature = "v1,{signature}"}
signs = "{id}.{timestamp}.{body}"
coding = "base64"
"""
FIXED = '[world.ingests.hooks.signature]\nheaders = {X-Hook-Token = "Token {secret}"}\n'


@dataclass
class Told:
    """What a run said.

    Attributes:
        verdict: `proven`, `broken` or `not-proven`.
        broken: The laws that were broken, each with its causes; those below another finding are left out.
        not_proven: What was not shown.
        report: The whole report.
    """

    verdict: str
    broken: dict[str, list[str]]
    not_proven: dict[str, str]
    report: Any


@dataclass
class Shop:
    """A contract and its target.

    Attributes:
        folder: Where it is written.
        lines: The lines of the ingest `hooks` after its kind.
        env: More of the target's environment.
        url: The callback's key.
    """

    folder: Path
    lines: str
    env: dict[str, str] = field(default_factory=dict)
    url: str = "{hooks}/placed"

    def write(self) -> None:
        """Write spec and settings."""
        operation: dict[str, Any] = {
            "operationId": "order",
            "requestBody": {"required": True, "content": {"application/json": {"schema": ORDER}}},
            "responses": {"201": {"description": "Ordered.", "content": {"application/json": {"schema": MADE}}}}
            | {status: {"description": "Refused.", "x-given": family} for status, family in GIVEN.items()},
            "callbacks": {
                "placed": {
                    self.url: {
                        "post": {
                            "x-when": True,
                            "x-delivery": "acknowledged",
                            "requestBody": {"content": {"application/json": {"schema": EVENT}}},
                            "responses": {"204": {"description": "Taken."}},
                        }
                    }
                }
            },
        }
        spec = {
            "openapi": "3.1.0",
            "info": {"title": "Shop", "version": "1"},
            "paths": {"/orders": {"post": operation}},
        }
        (self.folder / "spec.json").write_text(json.dumps(spec))
        env = {
            "PYTHONPATH": str(HERE.parents[1]),
            "PORT": "{port}",
            "HOOK": "{world.hooks}",
            "SECRET": "{world.hooks.secret}",
            **self.env,
        }
        told = ", ".join(f"{name} = {json.dumps(value)}" for name, value in env.items() if value)
        lines = [
            'spec = "spec.json"',
            *(['pacts = "pacts"'] if (self.folder / "pacts").exists() else []),
            "[target]",
            f"command = [{json.dumps(sys.executable)}, {json.dumps(str(HERE / 'target.py'))}]",
            'ready = "/ready"',
            f"env = {{{told}}}",
            "[world]",
            "upstream_timeout_ms = 4000",
            "[world.ingests.hooks]",
            'kind = "webhook"',
            self.lines,
        ]
        (self.folder / "bothends.toml").write_text("\n".join(lines) + "\n")

    def verified(self, bug: str = "", *, only: str = "", seed: int = 1) -> Told:
        """Return what a run says."""
        self.write()
        report = self.folder / "report.json"
        words = [
            *("verify", "--seed", str(seed), "--json", str(report)),
            *("--profile", "quick", "--env", f"BUG={bug}", *(("--only", only) if only else ())),
        ]
        done = bothends(self.folder, *words)
        assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
        found = json.loads(report.read_text())
        assert "" == found["harness_failure"] == found["target_failure"], done.stdout
        broken: dict[str, list[str]] = {}
        for finding in found["findings"]:
            if finding["severity"] == "error":
                broken.setdefault(finding["law"], []).append(finding["cause"])
        lacking = {item["what"]: item["why"] for item in found["not_proven"]}
        return Told(found["verdict"], broken, lacking, found)
