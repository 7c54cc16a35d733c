"""A contract for the target of this folder, and what the whole command says of it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.in_process import bothends

TARGET = Path(__file__).with_name("target.py")
IDENTITIES = {"header": "header.Event-Id", "body": "/id", "none": ""}


@dataclass
class Orders:
    """A contract and its target.

    Attributes:
        folder: Where it is written.
        delivery: What `x-delivery` says, beside the identity; None: nothing.
        when: What `x-when` says; None: nothing.
        identity: Where the identity of an event is.
        env: The target's environment.
        own: Whether each request names the URL of its event; else all go to one.
        webhook: Whether the event is a root webhook, and no callback.
        request: More properties of the request's body, each with its schema.
        example: An example of a request, beside the URL.
    """

    folder: Path
    delivery: dict[str, Any] | None = None
    when: Any = True
    identity: str = "header"
    env: dict[str, str] = field(default_factory=dict)
    own: bool = True
    webhook: bool = False
    request: dict[str, Any] = field(default_factory=lambda: {"item": {"type": "string", "minLength": 1}})
    example: dict[str, Any] = field(default_factory=lambda: {"item": "a lamp"})

    def write(self) -> None:
        """Write spec and settings."""
        event: dict[str, Any] = {"order": {"type": "string", "x-from": "answer.body#/order"}, "item": {}}
        if self.identity == "body":
            event["id"] = {"type": "string"}
        callback: dict[str, Any] = {
            "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": event}}}},
            "responses": {"200": {"description": "Taken."}},
        }
        if self.when is not None:
            callback["x-when"] = self.when
        if self.delivery is not None:
            where = IDENTITIES[self.identity]
            callback["x-delivery"] = self.delivery | ({"identity": where} if where else {})
        url = {"callbackUrl": {"type": "string", "format": "uri"}} if self.own else {}
        key = "{$request.body#/callbackUrl}" if self.own else "{hooks}/orders"
        body = {
            "type": "object",
            "required": [*url, *self.example],
            "properties": {**self.request, **url},
            "additionalProperties": False,
        }
        example = self.example | ({"callbackUrl": "https://client.example/hooks"} if self.own else {})
        answer = {"type": "object", "required": ["order"], "properties": {"order": {"type": "string"}}}
        operation = {
            "operationId": "order",
            "requestBody": {"required": True, "content": {"application/json": {"schema": body, "example": example}}},
            "responses": {
                "201": {"description": "Ordered.", "content": {"application/json": {"schema": answer}}},
                "400": {"description": "Refused.", "x-given": "invalid-body"},
            },
            **({"x-sends": ["ordered"]} if self.webhook else {"callbacks": {"ordered": {key: {"post": callback}}}}),
        }
        spec = {
            "openapi": "3.1.0",
            "info": {"title": "Orders", "version": "1"},
            "paths": {"/orders": {"post": operation}},
            **({"webhooks": {"ordered": {"post": callback}}} if self.webhook else {}),
        }
        (self.folder / "spec.json").write_text(json.dumps(spec))
        env = {"PORT": "{port}", "HOOK": "{world.hooks}/orders", "IDENTITY": self.identity, **self.env}
        told = ", ".join(f"{name} = {json.dumps(value)}" for name, value in env.items())
        lines = ['spec = "spec.json"', "[target]", f"env = {{{told}}}", "[world.ingests.hooks]", 'kind = "webhook"']
        (self.folder / "bothends.toml").write_text("\n".join(lines) + "\n")

    def verified(self, only: str, *, bug: str = "", seed: int = 1) -> Report:
        """Return what a run of some cases says, which begins with a good request."""
        self.write()
        report = self.folder / "report.json"
        words = ["verify", "--seed", str(seed), "--json", str(report)]
        words += ["--command", f"{sys.executable} {TARGET}", "--env", f"BUG={bug}", "--only", only]
        done = bothends(self.folder, *words)
        assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
        return Report(json.loads(report.read_text()), done.stdout)


@dataclass
class Report:
    """What a run said.

    Attributes:
        value: The JSON report.
        text: What was printed.
    """

    value: Any
    text: str

    @property
    def laws(self) -> set[str]:
        """The laws that are broken, with their errors."""
        return {one["law"] for one in self.value["findings"] if one["severity"] == "error"}

    @property
    def warnings(self) -> set[str]:
        """The laws that are broken, with their warnings."""
        return {one["law"] for one in self.value["findings"] if one["severity"] == "warning"}

    @property
    def unmet(self) -> list[str]:
        """The states of the world that the target has not met."""
        return [one["what"] for one in self.value["not_proven"] if one["what"].startswith("state")]

    @property
    def not_proven(self) -> str:
        """What was not proven of the callback."""
        return "\n".join(one["why"] for one in self.value["not_proven"] if one["what"].startswith("callback"))
