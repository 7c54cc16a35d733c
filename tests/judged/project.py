"""A contract and its target in a folder, and what the whole command says of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.busy import SAID, until_shown
from tests.in_process import bothends
from tests.warm.start import command

ROOT = Path(__file__).parents[2]
TIME_LIMIT_MS = 5000
"""What a target has for an answer whose settings name no time and no upstream: the longest waits two seconds itself."""


@dataclass
class Project:
    """A contract and its target.

    Attributes:
        folder: Where they are written.
        target: The module of the target, in the package.
        spec: The OpenAPI document.
        env: The target's environment, beside its port.
        settings: Lines of the settings, after those of the target.
        top: Lines of the settings that are in no table.
        target_lines: Lines of the table of the target.
        registers: Whether its settings register something, which other tests in this process would see.
        package: Where the target is.
        once: Whether the target remembers from one run to the next what it has done.
    """

    folder: Path
    target: str
    spec: dict[str, Any]
    env: dict[str, str] = field(default_factory=dict)
    settings: str = ""
    top: str = ""
    target_lines: str = ""
    registers: bool = False
    package: str = "tests.judged"
    once: bool = False

    def verified(self, *arguments: str, seed: int = 1) -> Report:
        """Return what a run says; that of a busy machine is made again, unless it accuses the target."""
        done = self._run(*self.written(seed), *arguments)
        assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
        return self.report(done)

    def written(self, seed: int = 1) -> list[str]:
        """Write both; return the words of a command that verifies them."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "openapi.json").write_text(json.dumps(self.spec), "utf-8")
        env = {"PORT": "{port}", "PYTHONPATH": str(ROOT), **self.env}
        variables = ", ".join(f"{name} = {json.dumps(value)}" for name, value in env.items())
        lines = ['spec = "openapi.json"', self.top, "[target]", f"env = {{{variables}}}"]
        # A lost event is waited for as long as an answer: each of these runs would wait several times over.
        own = "time_limit_ms" in self.target_lines or "[world.upstreams" in self.settings
        lines += ["" if own else f"time_limit_ms = {TIME_LIMIT_MS}", self.target_lines, self.settings]
        (self.folder / "bothends.toml").write_text("\n".join(lines), "utf-8")
        words = ["verify", "--seed", str(seed), "--json", "report.json"]
        return [*words, "--command", f"{sys.executable} -m {self.package}.{self.target}"]

    def report(self, done: subprocess.CompletedProcess[str]) -> Report:
        """Return what a command has said that has ended."""
        return Report(json.loads((self.folder / "report.json").read_text("utf-8")), done.stdout, done.returncode)

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        if not self.registers:
            return bothends(self.folder, *words, once=self.once)
        asked, env = [*command(), *words], {**os.environ, "PYTHONPATH": str(ROOT)}
        return until_shown(
            lambda: subprocess.run(
                asked, cwd=self.folder, env=env, capture_output=True, text=True, check=False, timeout=300
            ),
            lambda done: (done.returncode, done.stdout),
        )


@dataclass
class Report:
    """What a run said.

    Attributes:
        value: The JSON report.
        text: What was printed.
        code: The exit code.
    """

    value: Any
    text: str
    code: int

    @property
    def errors(self) -> set[str]:
        """The laws that are broken, with their errors."""
        return {one["law"] for one in self.value["findings"] if one["severity"] == "error"}

    @property
    def warnings(self) -> set[str]:
        """The laws that are broken, with their warnings."""
        return {one["law"] for one in self.value["findings"] if one["severity"] == "warning"}

    @property
    def notes(self) -> list[str]:
        """What changes no verdict."""
        return list(self.value["notes"])

    @property
    def not_proven(self) -> dict[str, str]:
        """What was not proven, each with the reason; of a run that accuses, without what is said of a busy machine.

        It is not made again, and what it has not shown for that reason says nothing of the target.
        """
        left_out = SAID if self.errors else ()
        each = ((one["what"], one["why"]) for one in self.value["not_proven"])
        return {what: why for what, why in each if not any(said in why for said in left_out)}
