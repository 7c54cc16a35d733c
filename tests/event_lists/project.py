"""A contract whose events come in lists, and what the whole command says of its target."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.deliveries.project import Report
from tests.in_process import bothends

TARGET = Path(__file__).with_name("target.py")
EVENT = {
    "type": "object",
    "required": ["id", "order", "item", "caller"],
    "properties": {
        "id": {"type": "string"},
        "order": {"type": "string", "x-from": "answer.body#/order"},
        "item": {"type": "string", "x-from": "request.body#/item"},
        "caller": {"type": "string", "x-from": "session.name"},
    },
    "additionalProperties": False,
}
LIST = {"type": "array", "items": EVENT}
SETTINGS = """\
spec = "spec.json"
[world.session]
kind = "static"
callers = [
  {headers = {Authorization = "Bearer alice"}, identity = {name = "alice"}},
  {headers = {Authorization = "Bearer bob"}, identity = {name = "bob"}},
]
wrong = [{headers = {Authorization = "Bearer expired"}}]
[world.ingests.hooks]
kind = "webhook"
[target.env]
PORT = "{port}"
HOOK = "{world.hooks}/orders"
"""
UNTIL = {"attempts": "until-acknowledged", "retry_within_ms": 3000, "identity": "/id"}


@dataclass
class Orders:
    """A contract and its target.

    Attributes:
        folder: Where it is written.
        delivery: What `x-delivery` says; None: nothing.
        schema: The schema of the callback's body; None: there is none.
        env: The target's environment.
        several: Whether a request has a list of items.
        counts: Whether each of them owes an event.
    """

    folder: Path
    delivery: dict[str, Any] | None = field(default_factory=lambda: dict(UNTIL))
    schema: dict[str, Any] | None = field(default_factory=lambda: dict(LIST))
    env: dict[str, str] = field(default_factory=dict)
    several: bool = False
    counts: bool = True

    def write(self) -> None:
        """Write spec and settings."""
        text = {"type": "string", "minLength": 1, "maxLength": 200}
        name, value = ("items", {"type": "array", "maxItems": 5, "items": text}) if self.several else ("item", text)
        body = {"type": "object", "required": [name], "properties": {name: value}, "additionalProperties": False}
        example = {name: ["a lamp", "a chair"] if self.several else "a lamp"}
        callback: dict[str, Any] = {
            "x-when": {"count": "/items"} if self.several and self.counts else True,
            "responses": {"200": {"description": "Taken."}},
        }
        if self.schema is not None:
            # Which of several items an event is of, no source says.
            written = json.dumps(self.schema)
            written = written.replace(', "x-from": "request.body#/item"', "") if self.several else written
            callback["requestBody"] = {"content": {"application/json": {"schema": json.loads(written)}}}
        if self.delivery is not None:
            callback["x-delivery"] = self.delivery
        answer = {"type": "object", "required": ["order"], "properties": {"order": {"type": "string"}}}
        operation: dict[str, Any] = {
            "operationId": "order",
            "security": [{"bearer": []}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": body, "example": example}}},
            "responses": {
                "201": {"description": "Ordered.", "content": {"application/json": {"schema": answer}}},
                "400": {"description": "Refused.", "x-given": "invalid-body"},
                "415": {"description": "Not JSON.", "x-given": "unsupported-media-type"},
                "401": {"description": "Signed out.", "x-given": "signed-out"},
            },
            "callbacks": {"ordered": {"{hooks}/orders": {"post": callback}}},
        }
        if (self.delivery or {}).get("answer") == "after":
            operation["responses"]["503"] = {"description": "No receiver."}
        spec = {
            "openapi": "3.1.0",
            "info": {"title": "Orders", "version": "1"},
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "paths": {"/orders": {"post": operation}},
        }
        (self.folder / "spec.json").write_text(json.dumps(spec))
        told = "".join(f"{name} = {json.dumps(value)}\n" for name, value in self.env.items())
        (self.folder / "bothends.toml").write_text(SETTINGS + told)

    def verified(self, only: str = "", *words: str, bug: str = "", seed: int = 1, profile: str = "quick") -> Report:
        """Return what a run says."""
        self.write()
        report = self.folder / "report.json"
        asked = ["verify", "--seed", str(seed), "--json", str(report), "--profile", profile]
        asked += ["--command", f"{sys.executable} {TARGET}", "--env", f"BUG={bug}"]
        asked += ["--only", only] if only else []
        done = bothends(self.folder, *asked, *words)
        assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
        return Report(json.loads(report.read_text()), done.stdout)
