"""A contract that fixes values in several places of its requests, and what the whole command says of its target."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.in_process import bothends
from tests.ports import ports

TAG = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"const": "a: b"}}
TARGET = Path(__file__).with_name("target.py")
JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"


@dataclass
class Notes:
    """A contract and its target.

    Attributes:
        folder: Where it is written.
        media_type: What the body of a request is.
        port: The port of the ingest, whose address is a constant of each request.
    """

    folder: Path
    media_type: str = JSON
    port: int = field(default_factory=lambda: ports(1)[0])

    @property
    def hook(self) -> str:
        """The address of the ingest, which the contract has as a constant."""
        return f"http://127.0.0.1:{self.port}/notes"

    def body(self) -> dict[str, Any]:
        """Return the schema of the body."""
        name = {"type": "string", "minLength": 1, "x-from": "setup.name"}
        about = {"type": "object", "required": ["name"], "properties": {"name": name}, "additionalProperties": False}
        return {
            "type": "object",
            "required": ["kind", "tag", "about", "hook", "note"],
            "properties": {
                "kind": {"const": "note: see https://example.com/kinds"},
                "tag": {"$ref": "#/components/schemas/Tag"},
                "number": {"type": "integer", "minimum": 1, "x-from": "setup.number"},
                "about": about,
                "hook": {"enum": [self.hook]},
                "note": {"type": "string", "minLength": 1},
            },
            "additionalProperties": False,
        }

    def spec(self) -> dict[str, Any]:
        """Return the spec."""
        event = {
            "type": "object",
            "required": ["note", "call"],
            "properties": {
                "note": {"type": "string", "x-from": "request.body#/note"},
                "call": {"type": "string", "x-from": "request.header.X-Call"},
            },
        }
        callback = {
            "x-when": True,
            "requestBody": {"content": {"application/json": {"schema": event}}},
            "responses": {"200": {"description": "Taken."}},
        }
        text = {"type": "string", "minLength": 1}
        parameters = [
            {"name": "thing", "in": "path", "required": True, "schema": {**text, "x-from": "setup.name"}},
            {"name": "version", "in": "query", "required": True, "schema": {"enum": ["v: 2"]}},
            {"name": "X-Call", "in": "header", "required": True, "schema": text, "example": self.hook},
            {"name": "X-Number", "in": "header", "required": True, "schema": {}, "x-from": "setup.number"},
        ]
        content: dict[str, Any] = {"schema": self.body()}
        if self.media_type == FORM:
            nested, listed = {"style": "deepObject", "explode": True}, {"style": "form", "explode": True}
            content["encoding"] = {"about": nested, "tag": listed}
        families = {"400": "malformed-body", "415": "unsupported-media-type", "422": "invalid-body"}
        operation = {
            "operationId": "note",
            "parameters": parameters,
            "requestBody": {"required": True, "content": {self.media_type: content}},
            "responses": {"200": {"description": "Taken."}, "502": {"description": "Not sent."}}
            | {status: {"description": "Refused.", "x-given": family} for status, family in families.items()},
            "callbacks": {"noted": {"{hooks}/notes": {"post": callback}}},
        }
        return {
            "openapi": "3.1.0",
            "info": {"title": "Notes", "version": "1"},
            "paths": {"/notes/{thing}": {"post": operation}},
            "components": {"schemas": {"Tag": TAG}},
        }

    @property
    def fixed(self) -> dict[str, Any]:
        """What each valid request has."""
        names = ("tag[0]", "tag[1]") if self.media_type == JSON else ("tag",)
        return {
            "path": "the thing",
            "query.version": "v: 2",
            "header.X-Call": self.hook,
            "header.X-Number": "17",
            "kind": "note: see https://example.com/kinds",
            **dict.fromkeys(names, "a: b"),
            "about[name]": "the thing",
            "hook": self.hook,
        }

    def write(self) -> None:
        """Write spec and settings."""
        (self.folder / "spec.json").write_text(json.dumps(self.spec()))
        env = {"PORT": "{port}", "HOOK": "{world.hooks}/notes", "MEDIA_TYPE": self.media_type}
        told = "\n".join(f"{name} = {json.dumps(value)}" for name, value in env.items())
        fixed = json.dumps(json.dumps(self.fixed).replace("{", "{{").replace("}", "}}"))
        (self.folder / "bothends.toml").write_text(
            f'spec = "spec.json"\n[target]\ncommand = [{json.dumps(sys.executable)}, {json.dumps(str(TARGET))}]\n'
            '[[target.setup]]\npath = "/things"\ntake = {name = "body#/name", number = "body#/number"}\n'
            f"[target.env]\n{told}\nFIXED = {fixed}\n"
            f'[world.ingests.hooks]\nkind = "webhook"\nport = {self.port}\n'
        )

    def verified(self, *arguments: str, bug: str = "") -> Report:
        """Return what a run says."""
        self.write()
        report = self.folder / "report.json"
        words = ["verify", "--seed", "1", "--json", str(report), "--env", f"BUG={bug}", *arguments]
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
    def errors(self) -> set[str]:
        """The laws that errors are about."""
        return {one["law"] for one in self.value["findings"] if one["severity"] == "error"}
