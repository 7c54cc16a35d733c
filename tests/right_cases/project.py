"""Contracts of the target of this folder, one for each group of its operations."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.in_process import bothends

TARGET = Path(__file__).with_name("target.py")
GIVEN = {"400": "malformed-body", "401": "signed-out", "415": "unsupported-media-type", "422": "invalid-body"}
CALLERS = """\
[world.sessions.bearer]
kind = "static"
callers = [
  {headers = {Authorization = "Bearer token-of-ada-0001"}},
  {headers = {Authorization = "Bearer token-of-bob-0002"}},
]
"""
UPSTREAM = '[world.upstreams.settings]\npath = "/settings"\nanswer = "#/components/schemas/Settings"\n'


def operation(content: dict[str, Any], status: str, *refusals: str, **more: Any) -> dict[str, Any]:
    """Return an operation that takes a body."""
    return {
        "requestBody": {"required": True, "content": content},
        "responses": {status: {"description": "Done."}}
        | {each: {"description": "Refused.", "x-given": GIVEN[each]} for each in refusals},
        **more,
    }


def in_json(**properties: Any) -> dict[str, Any]:
    """Return the content of a body that is an object with these members, all of them required."""
    schema = {
        "type": "object",
        "required": [*properties],
        "properties": properties,
        "additionalProperties": False,
    }
    return {"application/json": {"schema": schema}}


def parameter(name: str, place: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a parameter that is required."""
    return {"name": name, "in": place, "required": True, "schema": schema, **more}


NAMED: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "minLength": 1}},
}
FILE = {"type": "object", "required": ["file"], "properties": {"file": {"$ref": "#/components/schemas/File"}}}
SCHEMAS: dict[str, Any] = {
    "Upload": {"allOf": [{"$ref": "#/components/schemas/Named"}, FILE]},
    "Named": NAMED,
    "File": {"type": "string", "format": "binary"},
    "Settings": {"type": "object"},
}
EVENT = {
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {"200": {"description": "Taken."}},
}
LINK = {
    **NAMED,
    "properties": {**NAMED["properties"], "site": {"type": "string", "format": "uri"}},
    "example": {"name": "a link", "site": "https://example.com/"},
}
PATHS: dict[str, Any] = {
    "/uploads": {
        "post": operation(
            {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/Upload"}}}, "201", "400", "415", "422"
        )
    },
    "/counts": {
        "post": operation(
            in_json(quantity={"type": "integer", "minimum": 1.0, "maximum": 100.0}),
            "201",
            *GIVEN,
            security=[{"bearer": []}],
        )
    },
    "/things/{thing}": {
        "put": operation(
            in_json(name={"type": "string", "minLength": 1}),
            "200",
            "422",
            parameters=[
                parameter("thing", "path", {"type": "integer"}),
                parameter("If-Match", "header", {"type": "string"}, example='"1"'),
            ],
        )
    },
    "/links": {
        "post": operation({"application/json": {"schema": LINK}}, "201", "400", "422")
        | {"description": "A site that can't be reached is refused."}
    },
    "/hooks": {
        "post": operation(
            in_json(url={"type": "string", "pattern": "^http"}),
            "201",
            "400",
            "422",
            callbacks={"greeted": {"{$request.body#/url}": {"post": EVENT}}},
        )
    },
    "/hooks/{hook}": {
        "get": {
            "parameters": [parameter("hook", "path", {"type": "string"})],
            "responses": {"200": {"description": "The hook."}, "404": {"description": "None."}},
        }
    },
}


VERSION = {"type": "integer", "enum": [1.0]}
NOTE: dict[str, Any] = {"type": "string", "maxLength": 36}
WITH_ID = {"application/json": {"schema": {"type": "object", "required": ["id"], "properties": {"id": NOTE}}}}
PATHS["/releases"] = {
    "post": operation(in_json(version=VERSION, name={"type": "string", "minLength": 1}), "201", "400", "415", "422")
}
PATHS["/notes"] = {"post": operation(in_json(name={"type": "string", "minLength": 1}), "201", "400", "415", "422")}
PATHS["/notes"]["post"]["responses"]["201"]["content"] = WITH_ID
PATHS["/notes/{id}"] = {
    "put": operation(
        in_json(name={"type": "string", "minLength": 1}),
        "200",
        "400",
        "415",
        "422",
        parameters=[parameter("id", "path", NOTE)],
    )
}
PATHS["/notes/{id}"]["put"]["responses"]["404"] = {"description": "None."}
RIGHTS = {"type": "object", "properties": {"write": {"type": "array", "items": {"type": "string"}}}}
JAR = in_json(data=in_json(id=NOTE, name={"type": "string"})["application/json"]["schema"], rights=RIGHTS)
PATHS["/jars"] = {"post": operation(in_json(name={"type": "string", "minLength": 1}), "201", "400", "415", "422")}
PATHS["/jars"]["post"]["responses"]["201"]["content"] = JAR
PATHS["/jars/{jar}"] = {
    "get": {
        "parameters": [
            parameter("jar", "path", NOTE),
            {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}, "example": "*"},
        ],
        "responses": {
            "200": {"description": "The jar.", "content": JAR},
            "304": {"description": "The same."},
            "404": {"description": "None."},
        },
    }
}


@dataclass
class Report:
    """What a run said.

    Attributes:
        value: The JSON report.
        text: What was printed.
    """

    value: Any
    text: str

    def laws(self, severity: str = "error") -> set[str]:
        """The laws that findings of a severity are about."""
        return {one["law"] for one in self.value["findings"] if one["severity"] == severity}


def verified(folder: Path, paths: str, only: str, *, bug: str = "") -> Report:
    """Return what a run says of the operations whose path begins so.

    Args:
        folder: Where the contract is written.
        paths: The beginning of the paths.
        only: The cases.
        bug: What the target does wrong.
    """
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "A few", "version": "1"},
        "paths": {path: item for path, item in PATHS.items() if path.startswith(paths)},
        "components": {"schemas": SCHEMAS, "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }
    (folder / "spec.json").write_text(json.dumps(spec))
    settings = f'{UPSTREAM}[world.ingest]\nkind = "webhook"\n' if paths == "/hooks" else ""
    settings += CALLERS if paths == "/counts" else ""
    env = 'PORT = "{port}"\n' + ('SETTINGS = "{world.settings}"\n' if UPSTREAM in settings else "")
    command = f"command = [{json.dumps(sys.executable)}, {json.dumps(str(TARGET))}]"
    (folder / "bothends.toml").write_text(
        f'spec = "spec.json"\noperations = ["*"]\n[target]\n{command}\n[target.env]\n{env}{settings}'
    )
    report = folder / "report.json"
    words = ["verify", "--seed", "1", "--json", str(report), "--env", f"BUG={bug}", "--only", only]
    done = bothends(folder, *words, "--max-examples", "40")
    assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
    return Report(json.loads(report.read_text()), done.stdout)
