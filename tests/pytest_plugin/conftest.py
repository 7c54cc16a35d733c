"""Inner runs of pytest, as a person has them: real processes in a folder with a contract."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import bothends.world  # noqa: F401 -- registers the states that the cases name
from bothends.cases import plan
from bothends.contract import load
from tests.made_once import made_once
from tests.snapshots import compare
from tests.warm import start as warm

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOTS = Path(__file__).parent / "snapshots"
UNMEASURED = 'COVERAGE_PROCESS_CONFIG = ""'
"""The variable with which a target does not measure its lines: the tests of the reference do."""
FEW = ("--bothends-max-examples", "2")
"""Options with which cases are made quickly."""

# What differs from run to run and from machine to machine, in this order.
_CHANGING = (
    (re.compile(r"[ \d]{6} ms  (caller|upstream|event|answer) "), r"     T ms  \1 "),
    (re.compile(r"\{\\?\"(?!data|success|type|message).*$", re.MULTILINE), "{...}"),
    (re.compile(r"bothends replay [0-9a-f]{10}"), "bothends replay ID"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    # How often there was time for it; that it failed once would be told.
    (re.compile(r"reproduced alone (\d+) of \1\b"), "reproduced alone N of N"),
)


@dataclass(frozen=True)
class Result:
    """How an inner run ended."""

    code: int
    out: str

    def counts(self) -> dict[str, int]:
        """Return what the last line says: `{"passed": 3}`."""
        last = self.out.rstrip().splitlines()[-1]
        return {word.rstrip("s"): int(number) for number, word in re.findall(r"(\d+) (\w+)", last.partition(" in ")[0])}


@dataclass(frozen=True)
class Project:
    """A folder with a contract, in which pytest is run."""

    folder: Path

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file of the contract; the text must be there."""
        path = self.folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def launch(self, script: Path) -> None:
        """Let the target be a script of this repository."""
        self.replace("bothends.toml", '"-m", "reference"', f'"{script}"')

    def make_cases(self, count: int) -> None:
        """Make the generated cases here, where all that makes them is loaded, before a run has to."""
        kept = self.folder / ".bothends" / "cases"
        list(plan(load(self.folder / "bothends.toml"), seed=1, max_examples=count, cache_folder=kept))

    def pytest(self, *arguments: str) -> Result:
        """Run pytest in the folder."""
        # Modules that are loaded already can't have their asserts rewritten: there are none in them. Schemathesis's own
        # plugin does nothing here, and takes half a second to load; the commands of README.md have it.
        settled = ("-W", "ignore::pytest.PytestAssertRewriteWarning", "-p", "no:schemathesis")
        command = [*warm.command("pytest"), "-q", *settled, *arguments]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=240
        )
        return Result(done.returncode, done.stdout + done.stderr)

    def run(self, *arguments: str) -> Result:
        """Run pytest on the contract alone, with few generated cases."""
        return self.pytest("--bothends", "bothends.toml", "bothends.toml", *FEW, *arguments)


@pytest.fixture(scope="session")
def kept_cases(made_cases: Path) -> Path:
    """Make the generated cases once, so that not each inner run has to."""

    def make(folder: Path) -> None:
        list(plan(load(ROOT / "bothends.toml"), seed=1, max_examples=2, cache_folder=folder))

    return made_once(made_cases, "of-items", make)


@pytest.fixture
def project(tmp_path: Path, kept_cases: Path) -> Project:
    """Put this repository's contract into a folder, without pacts; the target is the reference."""
    shutil.copytree(kept_cases, tmp_path / ".bothends" / "cases")
    settings = (ROOT / "bothends.toml").read_text("utf-8")
    settings = settings.replace('pacts = "contracts/pacts"\n', "")
    settings = settings.replace("[target]\n", f'[target]\ncwd = "{ROOT}"\n')
    settings = settings.replace("[target.env]\n", f'[target.env]\nPYTHONPATH = "{ROOT}"\n{UNMEASURED}\n')
    (tmp_path / "bothends.toml").write_text(settings, "utf-8")
    (tmp_path / "openapi.yaml").write_text((ROOT / "openapi.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:randomly\n", "utf-8")
    return Project(tmp_path)


def settled(text: str) -> str:
    """Return text without what differs from run to run."""
    for pattern, replacement in _CHANGING:
        text = pattern.sub(replacement, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


class Told:
    """Compares a text with the snapshot that is named like the test."""

    def __init__(self, name: str) -> None:
        """Take the snapshot's name."""
        self._path = SNAPSHOTS / f"{name}.txt"

    def __call__(self, text: str) -> None:
        """Compare, without what differs from run to run."""
        compare(self._path, settled(text))


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Told:
    """Compare with the snapshot of this test."""
    return Told(request.node.name.removeprefix("test_").replace("_", "-"))
