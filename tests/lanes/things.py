"""A contract for the target of this folder, and what a run of it in lanes says."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.busy import until_shown
from tests.shards.parts import Run
from tests.waiting import LONGEST
from tests.warm.start import command

TARGET = Path(__file__).with_name("target.py")
THING: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
}
OWN = "{lane.dir}/store"


@dataclass
class Things:
    """A contract and its target.

    Attributes:
        folder: Where it is written.
        mode: What the target is like.
        store: Where the target keeps things.
        acknowledged: Whether answers wait until an event is acknowledged.
        env: More of the target's environment.
        isolated: Whether the settings say that copies share nothing, be it true or not.
        makers: How many operations make things.
    """

    folder: Path
    mode: str = "right"
    store: str = OWN
    acknowledged: bool = True
    env: dict[str, str] = field(default_factory=dict)
    isolated: bool = True
    makers: int = 1

    def write(self) -> None:
        """Write spec and settings."""
        json_of = {"application/json": {"schema": THING}}
        event = {
            **THING,
            "properties": {
                "id": {"type": "string", "x-from": "answer.body#/id"},
                "name": {"type": "string", "x-from": "request.body#/name"},
            },
        }
        callback = {
            "x-when": True,
            **({"x-delivery": "acknowledged"} if self.acknowledged else {}),
            "requestBody": {"content": {"application/json": {"schema": event}}},
            "responses": {"200": {"description": "Taken."}},
        }
        new = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}
        make = {
            "operationId": "make",
            "requestBody": {"required": True, "content": {"application/json": {"schema": new}}},
            "responses": {
                "201": {"description": "Made.", "content": json_of},
                "400": {"description": "Refused.", "x-given": "invalid-body"},
            },
            "callbacks": {"made": {"{hooks}/made": {"post": callback}}},
        }
        read = {
            "operationId": "read",
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "Read.", "content": json_of}, "404": {"description": "Not there."}},
        }
        others = {
            f"/more-{place}": {"post": {**make, "operationId": f"make{place}"}} for place in range(1, self.makers)
        }
        spec = {
            "openapi": "3.1.0",
            "info": {"title": "Things", "version": "1"},
            "paths": {"/things": {"post": make}, "/things/{id}": {"get": read}, **others},
        }
        (self.folder / "spec.json").write_text(json.dumps(spec))
        env = {"PORT": "{port}", "HOOK": "{world.hooks}/made", "STORE": self.store, "MODE": self.mode, **self.env}
        told = ", ".join(f"{name} = {json.dumps(value)}" for name, value in env.items())
        lines = [
            'spec = "spec.json"',
            'operations = ["make*", "read"]',
            "[target]",
            f"isolated = {json.dumps(self.isolated)}",
            f"command = {json.dumps([sys.executable, str(TARGET)])}",
        ]
        lines += [f"env = {{{told}}}", "[world.ingests.hooks]", 'kind = "webhook"']
        (self.folder / "bothends.toml").write_text("\n".join(lines) + "\n")

    def begun(self, lanes: int, *words: str, only: str = "success") -> subprocess.Popen[str]:
        """Begin a run of one family, in a process of its own."""
        self.write()
        asked = ["verify", "--seed", "1", "--only", only, "--lanes", str(lanes), "--json", "report.json", *words]
        return subprocess.Popen(
            [*command(), *asked], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def verified(self, lanes: int, *words: str) -> Run:
        """Make a run of good requests, in a process of its own."""

        def run() -> Run:
            report = self.folder / "report.json"
            report.unlink(missing_ok=True)
            begun = self.begun(lanes, *words)
            out, err = begun.communicate(timeout=LONGEST)
            assert report.exists(), out + err
            return Run(begun.returncode, json.loads(report.read_text()), out)

        return until_shown(run, lambda done: (done.code, done.out))
