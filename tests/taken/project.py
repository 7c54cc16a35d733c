"""A contract of things with unique values, and what the whole command says of its target."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.in_process import bothends

TARGET = Path(__file__).with_name("target.py")
NAME = {"type": "string", "minLength": 1, "maxLength": 40, "pattern": r"^[^/:\x00]+$"}
MODEL = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": NAME,
        "tags": {"type": "array", "items": {"type": "string"}},
        "about": {"type": ["string", "null"]},
    },
}
PLAN = {
    "type": "object",
    "required": ["plan"],
    "additionalProperties": False,
    "properties": {"plan": {"enum": ["one", "two", "three"]}},
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a run said.

    Attributes:
        value: The JSON report.
        text: What was printed.
    """

    value: Any
    text: str

    @property
    def errors(self) -> set[tuple[str, str]]:
        """The laws and operations that errors are about."""
        errors = [one for one in self.value["findings"] if one["severity"] == "error"]
        return {(one["law"], each["operation"]) for one in errors for each in one["instances"]}

    @property
    def not_proven(self) -> set[str]:
        """What was not proven."""
        return {one["what"] for one in self.value["not_proven"]}


def operation(name: str, schema: dict[str, Any], key: str, exists: int) -> dict[str, Any]:
    """Return an operation that makes something whose event has one value of the request."""
    repeated = {"type": "object", "required": [key], "properties": {key: {"x-from": f"request.body#/{key}"}}}
    callback = {
        "x-when": True,
        "requestBody": {"content": {"application/json": {"schema": repeated}}},
        "responses": {"200": {"description": "Taken."}},
    }
    families = {"400": "malformed-body", "415": "unsupported-media-type", "422": "invalid-body"}
    refusals: dict[str, Any] = {
        status: {"description": "Refused.", "x-given": family} for status, family in families.items()
    }
    return {
        "operationId": name,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {
            str(exists): {"description": "Exists."},
            "200": {"description": "Made."},
            "502": {"description": "Not sent."},
            **refusals,
        },
        "callbacks": {"made": {f"{{hooks}}/{key}": {"post": callback}}},
    }


def verified(
    folder: Path, *arguments: str, exists: int = 409, bug: str = "", setup: str = "", fixed: bool = False
) -> Report:
    """Return what a run says of the target.

    Args:
        folder: Where the project is written.
        arguments: Words of the command.
        exists: What a taken value is refused with.
        bug: What is wrong with the target.
        setup: The name of a model that setup makes, the example of the document too; empty: there is no setup.
        fixed: Whether each request has the name that setup has taken, and no other.
    """
    paths = {
        "/models/": {"post": operation("makeModel", MODEL, "name", exists)},
        "/plans": {"post": operation("makePlan", PLAN, "plan", exists)},
    }
    if setup:
        # Where no event tells requests apart, they have no values of their own.
        del paths["/models/"]["post"]["callbacks"]
        paths["/models/"]["post"]["requestBody"]["content"]["application/json"]["example"] = {"name": setup}
    if fixed:
        named = json.loads(json.dumps(MODEL))
        named["properties"]["name"]["x-from"] = "setup.model"
        paths["/models/"]["post"]["requestBody"]["content"]["application/json"] = {"schema": named}
    spec = {"openapi": "3.1.0", "info": {"title": "Models", "version": "1"}, "paths": paths}
    (folder / "spec.json").write_text(json.dumps(spec))
    (folder / "bothends.toml").write_text(
        f'spec = "spec.json"\n[target]\ncommand = [{json.dumps(sys.executable)}, {json.dumps(str(TARGET))}]\n'
        'ready = "/health"\n[target.env]\nPORT = "{port}"\nHOOK = "{world.hooks}"\n'
        f'EXISTS = "{exists}"\n[world.ingests.hooks]\nkind = "webhook"\n'
    )
    if setup:
        step = f'[[target.setup]]\nmethod = "POST"\npath = "/models/"\njson = {{name = {json.dumps(setup)}}}\n'
        step += 'take = {model = "body#/name"}\n' if fixed else ""
        with (folder / "bothends.toml").open("a") as settings:
            settings.write(step)
    report = folder / "report.json"
    words = ["verify", "--seed", "1", "--profile", "quick", "--json", str(report), "--env", f"BUG={bug}", *arguments]
    done = bothends(folder, *words)
    assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
    return Report(json.loads(report.read_text()), done.stdout)
