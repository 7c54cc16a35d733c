"""The contract of a service that sends events which are not what it stores, and what a run says of it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.in_process import bothends

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TARGET = Path(__file__).with_name("target.py")
JSON = "application/json"
TEXT: dict[str, Any] = {"type": "string", "maxLength": 100_000}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False}


EVENT = _object(
    event={"const": "items.create"},
    payload=_object(title={**TEXT, "x-from": "answer.body#/data/title"}),
    user={"type": "string", "x-from": "session.name"},
)
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Items", "version": "1"},
    "components": {"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}},
    "paths": {
        "/items": {
            "post": {
                "operationId": "create",
                "security": [{"basic": []}],
                "requestBody": {"required": True, "content": {JSON: {"schema": _object(title=TEXT)}}},
                "responses": {
                    "200": {
                        "description": "Stored.",
                        "content": {
                            JSON: {"schema": _object(data=_object(title={**TEXT, "x-from": "request.body#/title"}))}
                        },
                    },
                    "400": {"description": "Refused.", "x-given": "invalid-body"},
                    "401": {"description": "Who?", "x-given": "signed-out"},
                    "502": {"description": "Not passed on.", "x-given": "upstream-wrong"},
                },
                "callbacks": {
                    "created": {
                        "{hooks}/items": {
                            "post": {
                                "x-when": True,
                                "x-delivery": {"answer": "after"},
                                "requestBody": {"required": True, "content": {JSON: {"schema": EVENT}}},
                                "responses": {"200": {"description": "Thanks."}},
                            }
                        }
                    }
                },
            }
        }
    },
}
USERS = ", ".join(
    f"{{user = '{name}', password = '{name}-password', identity = {{name = '{name}'}}}}" for name in ("ada", "bob")
)
SETTINGS = f"""
spec = "spec.json"
[target]
ready = "/ready"
[target.env]
PORT = "{{port}}"
HOOK = "{{world.hooks}}/items"
LOG = "LOG-FILE"
[world.ingests.hooks]
kind = "webhook"
[world.sessions.basic]
kind = "basic"
callers = [{USERS}]
"""


@dataclass(frozen=True)
class Verified:
    """What a run says of the service, and what that says of itself.

    Attributes:
        report: The JSON report.
        text: What was printed.
        log: What the service noted of each request, by its number.
    """

    report: Any
    text: str
    log: dict[int, dict[str, Any]]

    @property
    def errors(self) -> list[Any]:
        """The findings that are errors."""
        return [one for one in self.report["findings"] if one["severity"] == "error"]

    @property
    def laws(self) -> set[str]:
        """The laws that are broken."""
        return {one["law"] for one in self.errors}

    def accused(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Yield the findings that are said to be of one request, each with what the service noted of that."""
        for one in self.errors:
            if one["tied"] is not None and one["tied"]["by"] == "class":
                continue
            headers = ((one["exchange"] or {}).get("answer") or {}).get("headers") or []
            yield from ((one, self.log[int(value)]) for name, value in headers if name == "x-serial")


def verified(folder: Path, env: Mapping[str, str], *words: str, seed: int = 1) -> Verified:
    """Return what a run says of the service, which has more in its environment."""
    (folder / "spec.json").write_text(json.dumps(SPEC), "utf-8")
    (folder / "bothends.toml").write_text(SETTINGS.replace("LOG-FILE", str(folder / "log")), "utf-8")
    report = folder / "report.json"
    asked = ["verify", "--profile", "quick", "--seed", str(seed), "--json", str(report)]
    asked += ["--command", f"{sys.executable} {TARGET}"]
    asked += [word for name, value in env.items() for word in ("--env", f"{name}={value}")]
    done = bothends(folder, *asked, *words, measured=False, notes=folder / "log")
    assert report.exists(), done.stdout + done.stderr
    lines = [json.loads(line) for line in (folder / "log").read_text("utf-8").splitlines()]
    return Verified(json.loads(report.read_text("utf-8")), done.stdout, {line["serial"]: line for line in lines})
