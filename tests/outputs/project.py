"""The contract that the target of this folder breaks in each operation, and what the command writes of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.outputs.texts import TEXTS
from tests.pacts.pact_files import exchange, pact_json, wrapped

ROOT = Path(__file__).parents[2]
_TEXT = {"type": "string"}
_SAID = {"type": "object", "additionalProperties": {"enum": ["fine"]}}
"""What is said stands in the value, and in its place: a key that no schema names."""


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _thing(**members: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(members), "properties": members, "additionalProperties": False}


def spec() -> dict[str, Any]:
    """Return the document: an operation for each text, whose answer and event say it in a member of its own."""
    setting = {"Setting": _thing(colour=_TEXT)}
    paths = {f"/names/{number}": {"post": _operation(number)} for number in range(len(TEXTS))}
    info = {"title": "Names", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": setting}}


def _operation(number: int) -> dict[str, Any]:
    event = {
        "requestBody": {
            "content": _json(_thing(name={**_TEXT, "x-from": "answer.body#/name"}, **{f"said{number}": _SAID}))
        },
        "responses": {"200": {"description": "Taken."}},
        "x-when": True,
    }
    answer = {"description": "Taken.", "content": _json(_thing(name=_TEXT, **{f"said{number}": _SAID}))}
    return {
        "operationId": f"name{number}",
        "responses": {"200": answer},
        "callbacks": {f"named{number}": {f"{{hooks}}/names/{number}": {"post": event}}},
    }


def write(folder: Path, *words: str) -> None:
    """Write the contract and the settings of a target that has these arguments."""
    (folder / "openapi.json").write_text(json.dumps(spec()), encoding="utf-8")
    command = [sys.executable, "-m", "tests.outputs.target", *words]
    env = {
        "PORT": "{port}",
        "HOOK": "{world.hooks}/names",
        "UPSTREAM": "{world.settings}",
        "PYTHONPATH": str(ROOT),
    }
    told = ", ".join(f"{name} = {json.dumps(value)}" for name, value in env.items())
    (folder / "bothends.toml").write_text(
        f'spec = "openapi.json"\n[target]\ncommand = {json.dumps(command)}\nenv = {{{told}}}\n'
        f"answer_limit_bytes = {64 << 20}\n"
        '[world.ingests.hooks]\nkind = "webhook"\n'
        '[world.upstreams.settings]\npath = "/settings"\nanswer = "openapi.json#/components/schemas/Setting"\n',
        encoding="utf-8",
    )


_MISTAKES = frozenset({"no characters", "one long line"})
"""Texts that are other mistakes to a pact: no JSON that its library reads, and more than is read of an answer."""


def write_pact(folder: Path) -> None:
    """Write what others rely on of the settings: the service breaks it with each text, in the head and in the body."""
    interactions = [
        exchange(
            {"method": "GET", "path": f"/settings/{number}"},
            {"status": 200, "headers": {"X-Said": ["fine"]}, "body": wrapped({"colour": "blue"})},
            description=f"setting {number}",
        )
        for number, name in enumerate(TEXTS)
        if name not in _MISTAKES
    ]
    (folder / "pacts").mkdir()
    (folder / "pacts" / "names-settings.json").write_text(
        json.dumps(pact_json("settings", *interactions, consumer="names")), "utf-8"
    )
    settings = folder / "bothends.toml"
    settings.write_text(f'pacts = "pacts"\n{settings.read_text("utf-8")}', "utf-8")
