"""The contract of a shop, and what the whole command says of it and accepts of it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.in_process import bothends

TARGET = Path(__file__).parent / "target.py"
KINDS = ("lamps", "pens", "cups", "bags", "hats")
TERMS = ("--reason", "It stays for now.", "--until", "2099-12-31")
_TEXT: dict[str, Any] = {"type": ["string", "null"], "maxLength": 40}
_THING: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 40}, "note": _TEXT, "colour": _TEXT},
    "additionalProperties": False,
}
MEMBERS = ("id", "label", "shelf", "origin", "state")
_MADE: dict[str, Any] = {
    "type": "object",
    "required": list(MEMBERS),
    "properties": {name: {"type": "string"} for name in MEMBERS},
}
_REFUSED: dict[str, Any] = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
_SETTINGS = """\
spec = "openapi.json"
[target]
command = [{python}, {target}]
env = {{PORT = "{{port}}", SECRET = "sk-3f9a1c77e0b24d58", BUGS = {bugs}}}
secrets = ["sk-3f9a1c77e0b24d58"]
"""


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def spec() -> dict[str, Any]:
    """Return the document: one operation for each kind of thing."""
    families = {"400": "malformed-body", "415": "unsupported-media-type", "422": "invalid-body"}
    refusals = {
        status: {"description": "Refused.", "x-given": family, "content": _json(_REFUSED)}
        for status, family in families.items()
    }
    made = {"description": "Made.", "content": _json(_MADE)}
    paths = {
        f"/{kind}": {
            "post": {
                "operationId": kind,
                "requestBody": {"required": True, "content": _json(_THING)},
                "responses": {"201": made, **refusals},
            }
        }
        for kind in KINDS
    }
    return {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": paths}


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
        """The findings that are errors and not accepted."""
        accepted = {one for known in self.report["known"] for one in known["findings"]}
        errors = [finding for finding in self.report["findings"] if finding["severity"] == "error"]
        return [one for one in errors if not accepted.issuperset(each["id"] for each in one["instances"])]

    @property
    def instances(self) -> set[tuple[str, str, str, str]]:
        """Operation, status, case and ID of each instance of an error that is not accepted."""
        return {
            (one["operation"], one["status"], one["case"], one["id"])
            for finding in self.errors
            for one in finding["instances"]
        }


def write(folder: Path, *bugs: str) -> None:
    """Write contract and settings into a folder: the target has these bugs; none: it is right."""
    settings = _SETTINGS.format(
        python=json.dumps(sys.executable), target=json.dumps(str(TARGET)), bugs=json.dumps(" ".join(bugs))
    )
    (folder / "openapi.json").write_text(json.dumps(spec()), encoding="utf-8")
    (folder / "bothends.toml").write_text(settings, encoding="utf-8")


def write_with_references(folder: Path, refs: str, example: str | None) -> None:
    """Write a contract of one operation, whose things have a reference, and settings; `refs`: which ones are taken."""
    write(folder)
    document = spec()
    document["paths"] = {"/lamps": document["paths"]["/lamps"]}
    ref = {"type": "string"} if example is None else {"type": "string", "example": example}
    thing = {**_THING, "required": ["name", "ref"], "properties": {**_THING["properties"], "ref": ref}}
    document["paths"]["/lamps"]["post"]["requestBody"]["content"] = _json(thing)
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    settings = folder / "bothends.toml"
    settings.write_text(settings.read_text("utf-8").replace("BUGS =", f'REFS = "{refs}", BUGS ='), "utf-8")


def verify(folder: Path, *bugs: str, words: tuple[str, ...] = ("--only", "success", "--seed", "1")) -> Ended:
    """Verify the target with bugs; none: it is right."""
    write(folder, *bugs)
    return verify_as_written(folder, *words)


def verify_as_written(folder: Path, *words: str) -> Ended:
    """Verify with the contract and the settings that are there."""
    report = folder / "report.json"
    done = bothends(folder, "verify", *words, "--json", str(report))
    assert done.stderr == "", done.stderr
    return Ended(done.returncode, done.stdout, json.loads(report.read_text("utf-8")))


def accept(folder: Path, *words: str) -> str:
    """Accept what the last run has found, or some of it; return what is said."""
    done = bothends(folder, "accept", *words, *TERMS)
    assert (0, "") == (done.returncode, done.stderr), done.stderr
    return done.stdout
