"""`.pre-commit-hooks.yaml`: pre-commit installs bothends from a checkout, and runs its hooks at each commit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.integrations.checkout import FROM_HERE, checkout
from tests.shards.parts import write_orders
from tests.wheel.made import ROOT

PROGRAMS = Path(sys.executable).parent
WHO = {
    f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "A"), ("EMAIL", "a"))
}


class Repository:
    """A repository of git, in which somebody works.

    Attributes:
        folder: Its work tree.
    """

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        """Make it, with all that is in the folder as its first commit if there is anything."""
        self.folder = folder
        self._variables = {**variables, **WHO}
        self.run("git", "init", "--quiet")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it; return how it ended, with all that it said."""
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self._variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def commit(self) -> subprocess.CompletedProcess[str]:
        """Commit all that has changed."""
        self.run("git", "add", "--all")
        return self.run("git", "commit", "--quiet", "--message", "A change.")


def test_the_hooks_are_as_pre_commit_asks() -> None:
    """Its own check of a repository of hooks takes them."""
    command: list[str | Path] = [PROGRAMS / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def test_a_commit_is_held_to_its_contract(tmp_path: Path) -> None:
    """The first commit of a contract passes; one that breaks a consumer is refused, and so is one with a mistake."""
    path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    variables = {**FROM_HERE, "HOME": str(tmp_path), "PATH": path, "LANG": "C.UTF-8"}
    hooks = Repository(checkout(tmp_path / "hooks"), variables)
    hooks.commit()
    revision = hooks.run("git", "rev-parse", "HEAD").stdout.strip()
    (tmp_path / "project").mkdir()
    project = Repository(tmp_path / "project", variables)
    write_orders(project.folder)
    named = {"id": "bothends-diff", "args": ["HEAD:spec.json", "spec.json"]}
    repository = {"repo": str(hooks.folder), "rev": revision, "hooks": [{"id": "bothends-lint"}, named]}
    (project.folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [repository]}), "utf-8")
    project.run("pre-commit", "install")
    spec = project.folder / "spec.json"
    right: dict[str, Any] = json.loads(spec.read_text("utf-8"))

    done = project.commit()
    assert 0 == done.returncode, done.stdout
    assert 2 == done.stdout.count("Passed")

    operation = right["paths"]["/orders"]["post"]
    operation["requestBody"]["content"]["application/json"]["schema"]["properties"]["item"]["maxLength"] = 6
    spec.write_text(json.dumps(right), "utf-8")
    done = project.commit()
    assert 1 == done.returncode, done.stdout
    assert "BREAKS callers of POST /orders" in done.stdout
    assert 1 == done.stdout.count("Passed")

    spec.write_text(spec.read_text("utf-8").replace("answer.body#", "answer.boddy#"), "utf-8")
    done = project.commit()
    assert 1 == done.returncode, done.stdout
    assert "unknown-source" in done.stdout
    assert "1" == project.run("git", "rev-list", "--count", "HEAD").stdout.strip()
