"""The recipes for a matrix are run here, as the file says: each entry on a machine of its own, then the verdict."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.deliveries.project import TARGET
from tests.documents.blocks import blocks
from tests.in_process import bothends
from tests.shards.parts import BUG, write_orders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PAGE = "docs/how-to/several-machines.md"
FEW = ("--profile", "quick", "--max-examples", "0", "--only", "success")


def recipe(name: str) -> dict[str, Any]:
    """Return the file of a name that the page has."""
    text = next(block.text for block in blocks(PAGE) if block.name == name)
    found: dict[str, Any] = yaml.safe_load(text)
    return found


class Machines:
    """Machines that have a checkout each, and a place where artifacts are."""

    def __init__(self, folder: Path, bug: str) -> None:
        """Begin with none.

        Args:
            folder: Where they are.
            bug: What is wrong with the target; empty: nothing.
        """
        self._folder = folder
        self._bug = bug
        self.artifacts = folder / "artifacts"
        self.artifacts.mkdir()

    def checkout(self, name: str) -> Path:
        """Return the folder of a new machine."""
        folder = self._folder / name
        folder.mkdir()
        command = f"{sys.executable} {TARGET}"
        write_orders(folder, self._bug)
        settings = folder / "bothends.toml"
        text = settings.read_text().replace("[target]\n", f"[target]\ncommand = {shlex.split(command)!r}\n")
        settings.write_text(text)
        return folder

    def run(self, folder: Path, line: str, variables: Mapping[str, str]) -> int:
        """Run a line of a job, if it is one of bothends: as few cases as there may be; return its exit code."""
        for name, value in variables.items():
            line = line.replace(name, value)
        assert "$" not in line
        program, command, *words = shlex.split(line)
        if program != "bothends":
            return 0
        found = [each for word in words for each in (_matching(folder, word) if "*" in word else [word])]
        return bothends(folder, command, *found, *(FEW if command == "verify" else ())).returncode

    def keep(self, folder: Path, patterns: str) -> None:
        """Keep the files of some patterns."""
        for pattern in patterns.split():
            for file in folder.glob(pattern):
                shutil.copy(file, self.artifacts / file.name)

    def fetch(self, folder: Path, pattern: str) -> None:
        """Bring artifacts to a machine."""
        for file in self.artifacts.glob(pattern):
            shutil.copy(file, folder / file.name)


def _matching(folder: Path, pattern: str) -> list[str]:
    return sorted(file.name for file in folder.glob(pattern))


CASES = pytest.mark.parametrize(("bug", "code", "lost"), [("", 0, ""), (BUG, 1, ""), ("", 4, "part-2*")])


@CASES
def test_a_matrix_of_github(tmp_path: Path, bug: str, code: int, lost: str) -> None:
    """The verdict is that of the whole, red where a target is broken or a part was lost."""
    jobs = recipe(".github/workflows/parts.yml")["jobs"]
    machines = Machines(tmp_path, bug)
    for part in jobs["part"]["strategy"]["matrix"]["part"]:
        variables = {"${{ matrix.part }}": str(part), "${{ github.run_number }}": "17"}
        folder = machines.checkout(f"part-{part}")
        for step in jobs["part"]["steps"]:
            if "run" in step:
                assert 0 == machines.run(folder, step["run"], variables)
            elif step["uses"].startswith("actions/upload-artifact@"):
                machines.keep(folder, step["with"]["path"].replace("${{ matrix.part }}", str(part)))
    for file in machines.artifacts.glob(lost or "nothing"):
        file.unlink()
    assert ("part", "always()") == (jobs["verdict"]["needs"], jobs["verdict"]["if"])
    folder, codes = machines.checkout("verdict"), []
    for step in jobs["verdict"]["steps"]:
        if "run" in step:
            codes.append(machines.run(folder, step["run"], {}))
        elif step["uses"].startswith("actions/download-artifact@"):
            machines.fetch(folder, f"{step['with']['pattern']}")
        elif step["uses"].startswith("actions/upload-artifact@"):
            assert all((folder / name).is_file() for name in step["with"]["path"].split())
    assert code == codes[-1]


@CASES
def test_parallel_jobs_of_gitlab(tmp_path: Path, bug: str, code: int, lost: str) -> None:
    """The same, with the numbers that GitLab gives to parallel jobs."""
    jobs = recipe(".gitlab-ci.yml")
    machines = Machines(tmp_path, bug)
    count = jobs["part"]["parallel"]
    for part in range(1, count + 1):
        variables = {"$CI_NODE_INDEX": str(part), "$CI_NODE_TOTAL": str(count), "$CI_PIPELINE_IID": "17"}
        folder = machines.checkout(f"part-{part}")
        for line in jobs["part"]["script"]:
            assert 0 == machines.run(folder, line, variables)
        machines.keep(folder, " ".join(jobs["part"]["artifacts"]["paths"]))
    for file in machines.artifacts.glob(lost or "nothing"):
        file.unlink()
    assert ["part"] == jobs["verdict"]["needs"]
    assert "always" == jobs["verdict"]["when"]
    folder = machines.checkout("verdict")
    machines.fetch(folder, "*")
    codes = [machines.run(folder, line, {}) for line in jobs["verdict"]["script"]]
    assert code == codes[-1]
    artifacts = jobs["verdict"]["artifacts"]
    assert all((folder / name).is_file() for name in (*artifacts["paths"], artifacts["reports"]["junit"]))


def test_each_job_ends_in_time() -> None:
    """No job waits for the time limit of its machine, and parts are run to their ends whatever the others find."""
    jobs = recipe(".github/workflows/parts.yml")["jobs"]
    assert all(job["timeout-minutes"] <= 10 for job in jobs.values())
    assert jobs["part"]["strategy"]["fail-fast"] is False
    assert re.fullmatch(r"\d+ minutes", recipe(".gitlab-ci.yml")["part"]["timeout"])
