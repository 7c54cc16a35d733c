"""A contract of tasks, and what the whole command says of its target."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.in_process import bothends

TARGET = Path(__file__).parent / "target.py"
_ID: dict[str, Any] = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
_TASK: dict[str, Any] = {
    "type": "object",
    "required": ["project", "title", "hook"],
    "properties": {
        "project": {"type": "string", "x-from": "setup.project"},
        "title": {"type": "string", "minLength": 1, "maxLength": 60},
        "note": {"type": "string", "maxLength": 60},
        "tags": {"type": "array", "items": {"type": "string"}},
        "hook": {"type": "string", "format": "uri"},
    },
    "additionalProperties": False,
}
_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["task", "title"],
    "properties": {
        "task": {"type": "string", "x-from": "answer.body#/id"},
        "title": {"type": "string", "x-from": "request.body#/title"},
    },
}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _operation(name: str, **more: Any) -> dict[str, Any]:
    refusals = {
        "400": {"description": "Refused.", "x-given": "malformed-body"},
        "415": {"description": "Refused.", "x-given": "unsupported-media-type"},
        "422": {"description": "Refused.", "x-given": "invalid-body"},
    }
    done = {"description": "Done.", "content": _json(_ID)}
    return {"operationId": name, "responses": {more.pop("status", "200"): done, **refusals}, **more}


def spec(operations: tuple[str, ...]) -> dict[str, Any]:
    """Return the document, with some of its operations."""
    callback = {
        "x-when": True,
        "requestBody": {"content": _json(_EVENT)},
        "responses": {"200": {"description": "Taken."}},
    }
    add = _operation(
        "addTask",
        status="201",
        requestBody={"required": True, "content": _json(_TASK)},
        callbacks={"taskAdded": {"{$request.body#/hook}": {"post": callback}}},
    )
    task = {"name": "task", "in": "path", "required": True, "schema": {"type": "string"}}
    project = {**task, "name": "project", "schema": {"type": "string", "x-from": "setup.project"}}
    paths = {
        "/tasks": {"post": add},
        "/tasks/{task}/complete": {"post": _operation("completeTask", parameters=[task])},
        "/projects/{project}/close": {"post": _operation("closeProject", parameters=[project])},
    }
    chosen = {path: item for path, item in paths.items() if item["post"]["operationId"] in operations}
    return {"openapi": "3.1.0", "info": {"title": "Tasks", "version": "1"}, "paths": chosen}


SETTINGS = """\
spec = "openapi.json"
[target]
command = [{python}, {target}]
env = {{PORT = "{{port}}", BUG = {bug}}}
[[target.setup]]
path = "/projects"
status = 201
take = {{project = "body#/id"}}
[world]
upstream_timeout_ms = 500
"""


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
    def errors(self) -> list[dict[str, Any]]:
        """The findings that are errors."""
        return [finding for finding in self.report["findings"] if finding["severity"] == "error"]


def run(folder: Path, *words: str) -> Ended:
    """Run a command in a folder."""
    report = folder / "report.json"
    done = bothends(folder, *words, "--json", str(report))
    assert done.stderr == "", done.stderr
    return Ended(done.returncode, done.stdout, json.loads(report.read_text("utf-8")))


def verify(folder: Path, bug: str, operations: tuple[str, ...], *words: str) -> Ended:
    """Write contract and settings into a folder, and verify the target with a bug; empty: it is right."""
    settings = SETTINGS.format(python=json.dumps(sys.executable), target=json.dumps(str(TARGET)), bug=json.dumps(bug))
    (folder / "openapi.json").write_text(json.dumps(spec(operations)), encoding="utf-8")
    (folder / "bothends.toml").write_text(settings, encoding="utf-8")
    return run(folder, "verify", "--profile", "quick", "--seed", "1", "--max-examples", "8", *words)
