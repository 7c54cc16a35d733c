"""The command line as a person uses it, in a folder with a contract; and snapshots of what is seen."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.busy import until_shown
from tests.in_process import bothends
from tests.snapshots import compare
from tests.waiting import LONGEST
from tests.warm.start import command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parent.parent.parent
SNAPSHOTS = Path(__file__).parent / "snapshots"

# What differs from run to run and from machine to machine, in this order.
_CHANGING = (
    (re.compile(re.escape(sys.executable)), "PYTHON"),
    (re.compile(re.escape(str(ROOT))), "ROOT"),
    (re.compile(r"bothends \d+\.\d+\.\d+"), "bothends VERSION"),
    (re.compile(r"^( +(?:caller|sent|consumed) +|.*GET /settings -> 200 )\{.*$", re.MULTILINE), r"\1{...}"),
    (re.compile(r"took( +)\d+ ms"), r"took\1T ms"),
    (re.compile(r"after [\d.]+ s\b"), "after S s"),
    (re.compile(r"curl -i -m [\d.]+"), "curl -i -m S"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\('127\.0\.0\.1', \d+\)"), "('127.0.0.1', PORT)"),
    (re.compile(r"^[\d,]+ of [\d,]+ exchanges?, about \d+ s left.*\n", re.MULTILINE), ""),
    (re.compile(r"^exchange \d+:", re.MULTILINE), "exchange N:"),
    (re.compile(r"bothends-[0-9a-f]{8}/"), "bothends-TARGET/"),
    (re.compile(r"[\d,]+ exchanges? in [\d.]+ s\b"), "N exchanges in S s"),
    (re.compile(r"seed \d+"), "seed SEED"),
    (re.compile(r"crash-[\w-]+\.txt"), "crash-WHEN.txt"),
)


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """What a snapshot holds: code, standard output and standard error, each under its name."""
        return f"exit code {self.code}\n--- standard output\n{self.out}--- standard error\n{self.err}"


@dataclass(frozen=True)
class Project:
    """A folder with a contract, in which commands are run.

    Attributes:
        folder: The folder.
        more: Environment variables that the commands have as well.
    """

    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file of the contract; the text must be there."""
        path = self.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def environment(self) -> dict[str, str]:
        """The environment of a command that is not looked at by a person, nor run by GitHub."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
        return {**kept, **self._own_variables()}

    def start(
        self, *arguments: str, program: Sequence[str] = (sys.executable, "-m", "bothends")
    ) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [*program, *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, timeout: float = LONGEST) -> Result:
        """Run a command to its end; again where the machine was too busy to tell."""

        def run() -> Result:
            with self.start(*arguments, program=command()) as process:
                out, err = process.communicate(timeout=timeout)
            return Result(process.returncode, out, err)

        return until_shown(run, lambda done: (done.code, done.out))

    def call(self, *arguments: str) -> Result:
        """Run a command to its end within this process: quicker, and its lines are measured."""
        removed: dict[str, str | None] = {name: None for name in os.environ if name.startswith("GITHUB_")}
        done = bothends(self.folder, *arguments, env={**removed, **self._own_variables()})
        return Result(done.returncode, done.stdout, done.stderr)

    def _own_variables(self) -> dict[str, str]:
        return {"PYTHONPATH": f"{ROOT}/src:{ROOT}", "COLUMNS": "80", "TERM": "xterm", **self.more}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """This repository's contract in a folder of its own; its target is the reference."""
    for name in ("openapi.yaml", "bothends.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    made = Project(tmp_path)
    made.replace("bothends.toml", "[target]\n", f'[target]\ncwd = "{ROOT}"\n')
    made.replace("bothends.toml", 'pacts = "contracts/pacts"\n', "")
    return made


@dataclass(frozen=True)
class Snapshots:
    """Stored texts of what a person sees."""

    folder: Path
    place: Path

    def check(self, name: str, text: str) -> None:
        """Compare with the stored text, without what differs from run to run."""
        shown = text.replace(str(self.place), "FOLDER")
        for pattern, word in _CHANGING:
            shown = pattern.sub(word, shown)
        compare(self.folder / f"{name}.txt", shown)


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    """The stored texts."""
    return Snapshots(SNAPSHOTS, tmp_path)
