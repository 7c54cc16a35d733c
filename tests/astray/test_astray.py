"""An event that comes to the address of another request: whether its address is wrong, or what it says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.in_process import bothends

TARGET = Path(__file__).with_name("target.py")
JSON = "application/json"
EVENT = {
    "type": "object",
    "required": ["name", "id"],
    "properties": {"name": {"const": "order.taken"}, "id": {"type": "string", "x-from": "answer.body#/id"}},
}
ORDER = {
    "type": "object",
    "required": ["callbackUrl"],
    "properties": {"callbackUrl": {"type": "string", "format": "uri", "pattern": "^http://"}},
    "additionalProperties": False,
}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {
        "/orders": {
            "post": {
                "operationId": "placeOrder",
                "security": [{"basic": []}],
                "requestBody": {
                    "required": True,
                    "content": {JSON: {"schema": ORDER, "example": {"callbackUrl": "http://client.example/hook"}}},
                },
                "responses": {
                    "201": {
                        "description": "Taken.",
                        "content": {JSON: {"schema": {"type": "object", "properties": {"id": {"type": "string"}}}}},
                    },
                    "400": {"description": "Refused.", "x-given": "invalid-body"},
                    "401": {"description": "Who?", "x-given": "signed-out"},
                    "415": {"description": "Another media type.", "x-given": "unsupported-media-type"},
                },
                "callbacks": {
                    "taken": {
                        "{$request.body#/callbackUrl}": {
                            "post": {
                                "x-when": True,
                                "x-delivery": {"answer": "any"},
                                "requestBody": {"content": {JSON: {"schema": EVENT}}},
                                "responses": {"200": {"description": "Thanks."}},
                            }
                        }
                    }
                },
            }
        }
    },
    "components": {"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}},
}
SETTINGS = f"""\
spec = "openapi.json"
[target]
command = [{json.dumps(sys.executable)}, {json.dumps(str(TARGET))}]
ready = "/ready"
env = {{PORT = "{{port}}"}}
[world.ingest]
kind = "webhook"
[world.sessions.basic]
kind = "basic"
callers = [{{user = "ada", password = "ada-password"}}, {{user = "bob", password = "bob-password"}}]
"""


@pytest.mark.parametrize(("fault", "laws"), [("", set()), ("kept-url", {"right-address"}), ("kept-id", {"provenance"})])
def test_an_event_at_the_address_of_another_request(tmp_path: Path, fault: str, laws: set[str]) -> None:
    """Where the other one has its event, this one went to a wrong address; where it lacks one, it says what is wrong.

    No request is said to have sent two events, or none.
    """
    (tmp_path / "openapi.json").write_text(json.dumps(SPEC), "utf-8")
    (tmp_path / "bothends.toml").write_text(SETTINGS, "utf-8")
    words = ("--seed", "1", "--profile", "quick", "--only", "success", "--env", f"FAULT={fault}")
    done = bothends(tmp_path, "verify", *words, "--json", "report.json", measured=False)
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    errors = [one for one in report["findings"] if one["severity"] == "error"]
    assert (laws, int(bool(laws))) == ({one["law"] for one in errors}, done.returncode), done.stdout
