"""What GitHub's runner does with the steps of a composite action, with its own library of expressions."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LIBRARY = Path(__file__).with_name("npm") / "expressions.mjs"
_BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
"""How the runner starts a step whose shell is `bash`."""


@dataclass
class Step:
    """What became of a step.

    Attributes:
        ran: Whether its condition held.
        code: Its exit code.
        said: What it wrote.
        given: The `with` of an action of somebody else.
    """

    ran: bool
    code: int = 0
    said: str = ""
    given: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """A job whose one step is an action.

    Attributes:
        action: The folder of the action.
        workspace: The checkout of the project.
        temp: The folder for the runner's files, and for those of steps.
        variables: The environment of the machine.
        others: What the actions of others put out, by name without version.
        path: What steps have put before the path.
        summary: What steps have put on the page of the job.
    """

    action: Path
    workspace: Path
    temp: Path
    variables: Mapping[str, str]
    others: Mapping[str, Mapping[str, str]]
    path: list[str] = field(default_factory=list)
    summary: str = ""

    def run(self, inputs: Mapping[str, str], *, without: Sequence[str] = ()) -> tuple[dict[str, Step], dict[str, str]]:
        """Run the steps; return what became of each, by its name, and the outputs of the action.

        Args:
            inputs: The `with` of the job's step.
            without: Names of steps that this machine has done already.
        """
        document = yaml.safe_load((self.action / "action.yml").read_text("utf-8"))
        unknown = inputs.keys() - document["inputs"].keys()
        assert not unknown, unknown
        given = {name: str(inputs.get(name, each.get("default", ""))) for name, each in document["inputs"].items()}
        contexts: dict[str, Any] = {"inputs": given, "github": {"action_path": str(self.action)}, "steps": {}}
        done: dict[str, Step] = {}
        for step in document["runs"]["steps"]:
            name = step.get("name") or step["uses"].partition("@")[0]
            if name in without:
                continue
            failed = any(each.code for each in done.values())
            done[name], outputs = self._step(step, contexts, failed=failed)
            if "id" in step:
                contexts["steps"][step["id"]] = {"outputs": outputs}
        values = {name: each["value"] for name, each in document["outputs"].items()}
        return done, _evaluated(contexts, values, "", failed=False)[0]

    def _step(self, step: dict[str, Any], contexts: dict[str, Any], *, failed: bool) -> tuple[Step, dict[str, str]]:
        texts = {f"env {key}": value for key, value in step.get("env", {}).items()}
        texts |= {f"with {key}": str(value) for key, value in step.get("with", {}).items()}
        texts |= {"run": step.get("run", ""), "folder": step.get("working-directory", ".")}
        found, holds = _evaluated(contexts, texts, str(step.get("if", "")), failed=failed)
        if not holds:
            return Step(ran=False), {}
        if "uses" in step:
            given = {key.removeprefix("with "): text for key, text in found.items() if key.startswith("with ")}
            return Step(ran=True, given=given), dict(self.others[step["uses"].partition("@")[0]])
        assert "bash" == step["shell"]
        variables = {key.removeprefix("env "): text for key, text in found.items() if key.startswith("env ")}
        return self._script(found["run"], self.workspace / found["folder"], variables)

    def _script(self, text: str, folder: Path, variables: Mapping[str, str]) -> tuple[Step, dict[str, str]]:
        """Run a script with the files of the runner, which it reads when the script has ended."""
        files = {name: self.temp / name for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("", "utf-8")
        script = self.temp / "script.sh"
        script.write_text(text, "utf-8")
        own = {"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_WORKSPACE": str(self.workspace)}
        path = os.pathsep.join([*reversed(self.path), self.variables["PATH"]])
        done = subprocess.run(
            [*_BASH, str(script)],
            cwd=folder,
            env={
                **self.variables,
                **own,
                **{name: str(file) for name, file in files.items()},
                "RUNNER_TEMP": str(self.temp),
                "PATH": path,
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.path += files["GITHUB_PATH"].read_text("utf-8").splitlines()
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text("utf-8").splitlines())
        return Step(ran=True, code=done.returncode, said=done.stdout), outputs


def _evaluated(
    contexts: dict[str, Any], texts: Mapping[str, str], condition: str, *, failed: bool
) -> tuple[dict[str, str], bool]:
    """Return texts with their expressions replaced, and whether a condition holds."""
    asked = json.dumps({"contexts": contexts, "texts": texts, "conditions": [condition], "failed": failed})
    done = subprocess.run(["node", _LIBRARY], input=asked, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    found = json.loads(done.stdout)
    return found["texts"], found["conditions"][0]
