"""A contract for the targets of this folder, and what the whole command says of one."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.in_process import bothends

HERE = Path(__file__).parent
PYTHON = f"{sys.executable} {HERE / 'target.py'}"
NODE = f"node {HERE / 'target.mjs'}"
GIVEN = {
    "400": "malformed-body",
    "401": "signed-out",
    "415": "unsupported-media-type",
    "422": "invalid-body",
    "502": "upstream-wrong",
    "503": "upstream-unreachable",
    "504": "upstream-timeout",
}
EVENT = {
    "type": "object",
    "required": ["item", "by"],
    "properties": {"item": {"x-from": "request.body#/item"}, "by": {"type": "string", "x-from": "session.user.sub"}},
}
SCHEMES = {
    "jwt": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "api-key": {"type": "apiKey", "in": "header", "name": "X-Key"},
}
READER = {
    "jwt": 'forbidden = [{claims = {scope = "orders:read"}}]',
    "api-key": "callers = [{identity = {sub = 'user-1'}}, {identity = {sub = 'user-2'}}, "
    "{identity = {sub = 'user-3'}, forbidden = true}]",
    "basic": "callers = [{user = 'ada', password = 'correct-horse-1', identity = {sub = 'user-1'}}, "
    "{user = 'bob', password = 'battery:staple-2', identity = {sub = 'user-2'}}, "
    "{user = 'eve', password = 'tea-and-cake-3', identity = {sub = 'user-3'}, forbidden = true}]",
}
"""The lines of a caller who may not order."""

LINES = {
    "api-key": "callers = [{identity = {sub = 'user-1'}}, {identity = {sub = 'user-2'}}]",
    "basic": "callers = [{user = 'ada', password = 'correct-horse-1', identity = {sub = 'user-1'}}, "
    "{user = 'bob', password = 'battery:staple-2', identity = {sub = 'user-2'}}]",
}

LONG = 30.0
"""How long a target waits where no service hangs, seconds: no machine is so busy that it takes as long."""

SHORT = 2.0
"""How long it waits where one does, seconds."""


@dataclass
class Shop:
    """A contract and its target.

    Attributes:
        folder: Where it is written.
        kind: The session kind.
        scheme: The security scheme.
        lines: More of the session's table.
        env: More of the target's environment.
        forbidden: Whether there is a caller who may not order.
        patience: How long the target waits for another service, seconds. A service that hangs takes as long each time.
    """

    folder: Path
    kind: str
    scheme: dict[str, str] = field(default_factory=dict)
    lines: str = ""
    env: dict[str, str] = field(default_factory=dict)
    forbidden: bool = False
    patience: float = LONG

    @property
    def given(self) -> dict[str, str]:
        """The families of the answers, by their statuses."""
        return {**GIVEN, **({"403": "forbidden"} if self.forbidden else {})}

    def write(self) -> None:
        """Write spec and settings."""
        content = {"application/json": {"schema": EVENT}}
        order = {"type": "object", "required": ["item"], "properties": {"item": {"type": "string", "minLength": 1}}}
        operation: dict[str, Any] = {
            "operationId": "order",
            "security": [{"caller": []}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": order}}},
            "responses": {"201": {"description": "Ordered."}}
            | {status: {"description": "Refused.", "x-given": family} for status, family in self.given.items()},
            "callbacks": {
                "ordered": {
                    "{hooks}/orders": {
                        "post": {
                            "x-when": True,
                            "x-delivery": "acknowledged",
                            "requestBody": {"content": content},
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
            "components": {"securitySchemes": {"caller": self.scheme or SCHEMES[self.kind]}},
        }
        (self.folder / "spec.json").write_text(json.dumps(spec))
        env = {
            "PORT": "{port}",
            "HOOK": "{world.hooks}",
            "KIND": self.kind,
            "PATIENCE": str(self.patience),
            **self._told(),
            **self.env,
        }
        told = ", ".join(f"{name} = {json.dumps(value)}" for name, value in env.items())
        lines = [
            'spec = "spec.json"',
            "[target]",
            f"env = {{{told}}}",
            "[world]",
            f"upstream_timeout_ms = {self.patience * 1000:.0f}",
            "[world.sessions.caller]",
            f'kind = "{self.kind}"',
            self.lines or (READER if self.forbidden else LINES).get(self.kind, ""),
            "[world.ingests.hooks]",
            'kind = "webhook"',
        ]
        (self.folder / "bothends.toml").write_text("\n".join(lines) + "\n")

    def _told(self) -> dict[str, str]:
        match self.kind:
            case "jwt":
                return {"ISSUER": "{world.caller.issuer}", "AUDIENCE": "{world.caller.audience}"} | (
                    {"SECRET": "{world.caller.secret}"} if "HS256" in self.lines else {"JWKS": "{world.caller.jwks}"}
                )
            case "api-key":
                scheme = self.scheme or SCHEMES["api-key"]
                told = {"KEYS": "{world.caller.keys}", "PLACE": f"{scheme['in']}:{scheme['name']}"}
                more = {"KEYS": "{world.caller.keys},{world.caller.key_3}", "READER": "user-3"}
                return {**told, **more} if self.forbidden else told
            case _:
                told = {
                    f"{name}_{n}": f"{{world.caller.{name.lower()}_{n}}}"
                    for name in ("USER", "PASSWORD")
                    for n in ((1, 2, 3) if self.forbidden else (1, 2))
                }
                return {**told, "READER": "user-3"} if self.forbidden else told

    def verified(self, command: str, bug: str = "", *, only: str = "signed-*", seed: int = 1) -> Any:
        """Return the JSON report of a run."""
        report = self.folder / "report.json"
        words = [
            *("verify", "--seed", str(seed), "--json", str(report)),
            *("--command", command, "--env", f"BUG={bug}", *(("--only", only) if only else ())),
        ]
        done = bothends(self.folder, *words)
        assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
        return json.loads(report.read_text())
