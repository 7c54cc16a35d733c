"""`templates/verify.yml`: the component in a pipeline, which gitlab-ci-local runs with the shell of this machine.

It reads a pipeline as GitLab does: includes, inputs, the schema of GitLab's editor, scripts, artifacts. What bothends
needs is not installed anew, as other tests do it: the job finds the packages of the tests.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xmlschema
import yaml

from tests.deliveries.project import TARGET
from tests.integrations.checkout import FROM_HERE
from tests.shards.parts import BUG, write_orders
from tests.wheel.made import ROOT, build

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL = Path(__file__).with_name("npm") / "node_modules" / ".bin" / "gitlab-ci-local"
COMPONENT = ROOT / "templates" / "verify.yml"
FEW = {"profile": "quick", "arguments": "--only=success\n--seed=1\n--max-examples=0"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Return the repository of a project, which a runner keeps from job to job, with the wheel in it."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "templates").mkdir()
    shutil.copy(COMPONENT, folder / "templates")
    shutil.copy(wheel, folder)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def pipeline(folder: Path, wheel: Path, bug: str, inputs: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run the job of a project that includes the component; its target has a bug, or none."""
    write_orders(folder, bug)
    settings = folder / "bothends.toml"
    command = f"[target]\ncommand = {json.dumps([sys.executable, str(TARGET)])}\n"
    settings.write_text(settings.read_text("utf-8").replace("[target]\n", command), "utf-8")
    given = {"package": f"./{wheel.name}", **inputs}
    (folder / ".gitlab-ci.yml").write_text(
        yaml.safe_dump({"include": [{"local": "templates/verify.yml", "inputs": given}]}), "utf-8"
    )
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    for words in (("add", "*.toml", "*.json", "*.yml"), (*who, "commit", "--quiet", "--message", "All of it.")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    passed = [word for name, value in FROM_HERE.items() for word in ("--variable", f"{name}={value}")]
    return subprocess.run(
        ["node", LOCAL, "--force-shell-executor", *passed, given.get("job", "bothends")],
        cwd=folder,
        env={"PATH": path, "LANG": "C.UTF-8", "HOME": str(folder.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_jobs_end_as_their_targets_are(folder: Path, wheel: Path) -> None:
    """What one job has installed, the other uses."""
    a_right_target_is_proven(folder, wheel)
    a_wrong_target_fails_the_job(folder, wheel)


def a_right_target_is_proven(folder: Path, wheel: Path) -> None:
    """The job ends well; its reports are artifacts, one of them for the page of a merge request."""
    done = pipeline(folder, wheel, "", FEW)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "no mistake found" in done.stdout
    assert "PROVEN" in done.stdout
    kept = folder / ".gitlab-ci-local" / "artifacts" / "bothends" / "bothends-reports"
    assert ["junit.xml", "report.html"] == sorted(file.name for file in kept.iterdir())
    xmlschema.XMLSchema(ROOT / "tests" / "reports" / "junit.xsd").validate(kept / "junit.xml")


def a_wrong_target_fails_the_job(folder: Path, wheel: Path) -> None:
    """Its reports are kept all the same. What an input says is no command, whatever a shell would make of it."""
    hostile = "$(touch pwned) `touch pwned`; touch pwned"
    inputs = {**FEW, "arguments": f"{FEW['arguments']}\n--state={hostile}", "job": "both-ends", "lint": "false"}
    done = pipeline(folder, wheel, BUG, inputs)
    assert 1 == done.returncode, done.stdout + done.stderr
    assert "BROKEN" in done.stdout
    assert "no mistake found" not in done.stdout
    kept = folder / ".gitlab-ci-local" / "artifacts" / "both-ends" / "bothends-reports"
    assert "<failure" in (kept / "junit.xml").read_text("utf-8")
    assert (folder / hostile).is_dir()
    assert not (folder / "pwned").exists()


def test_a_package_has_to_be_named(folder: Path, wheel: Path) -> None:
    """No index has bothends, and what has its name there would be of somebody else: no job runs."""
    done = pipeline(folder, wheel, "", {"package": None})
    assert 0 != done.returncode
    assert "package" in done.stderr
    assert "starting" not in done.stdout
