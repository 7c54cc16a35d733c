"""`action.yml`: its steps run as GitHub's runner runs them, on a project that is right, and on one that is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import xmlschema
import yaml

from tests.deliveries.project import TARGET
from tests.documents.blocks import blocks
from tests.integrations.checkout import FROM_HERE, checkout
from tests.integrations.github import Job
from tests.outputs.readers import Runner
from tests.shards.parts import BUG, write_orders
from tests.wheel.made import ROOT

FEW = {"profile": "quick", "only": "success/l*\nsuccess/c*", "arguments": "--seed=1\n--max-examples\n0"}
INSTALL = "Install bothends"
CHECK = Path(sys.executable).with_name("check-jsonschema")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return a folder with a checkout of the action, and a folder for what jobs leave to those that follow."""
    checkout(tmp_path / "action")
    (tmp_path / "temp").mkdir()
    return tmp_path


def project(machine: Path, name: str, bug: str = "") -> Path:
    """Write the checkout of a project, whose target has a bug, or none."""
    folder = machine / name
    folder.mkdir()
    write_orders(folder, bug)
    settings = folder / "bothends.toml"
    command = f"[target]\ncommand = {json.dumps([sys.executable, str(TARGET)])}\n"
    settings.write_text(settings.read_text("utf-8").replace("[target]\n", command), "utf-8")
    return folder


def job(machine: Path, workspace: Path) -> Job:
    """Return a job on a machine with the Python of the tests."""
    return Job(
        action=machine / "action",
        workspace=workspace,
        temp=machine / "temp",
        variables={"HOME": str(machine), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **FROM_HERE},
        others={"actions/setup-python": {"python-path": sys.executable}, "actions/upload-artifact": {}},
        path=[str(machine / "temp" / "bothends" / "only")],
    )


def test_the_action_is_as_github_asks() -> None:
    """The schema of GitHub's own editors takes it; and no script has an expression in it, which would be run."""
    command: list[str | Path] = [CHECK, "--builtin-schema", "vendor.github-actions", ROOT / "action.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout
    steps = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
    assert [] == [step["name"] for step in steps if "${{" in step.get("run", "")]


def test_the_workflows_of_the_page_are_as_github_asks(tmp_path: Path) -> None:
    """The schema of GitHub's own editors takes them, and the action has each input that they give it."""
    workflows = [block for block in blocks("docs/how-to/ci.md") if block.name.startswith(".github/workflows/")]
    for number, block in enumerate(workflows):
        (tmp_path / f"{number}.yml").write_text(block.text, "utf-8")
    command: list[str | Path] = [CHECK, "--builtin-schema", "vendor.github-workflows", *tmp_path.iterdir()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout
    steps = [s for b in workflows for job in yaml.safe_load(b.text)["jobs"].values() for s in job["steps"]]
    given = [step["with"].keys() for step in steps if "/bothends@" in step.get("uses", "")]
    assert given
    assert all(each <= yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"].keys() for each in given)


def test_jobs_end_as_their_targets_are(machine: Path) -> None:
    """What one job has installed, the others of this test use: a right target, a wrong one, and two odd jobs."""
    a_right_target_is_proven(machine)
    a_wrong_target_fails_the_job(machine)
    inputs_are_no_commands(machine)
    a_mistake_of_the_contract_ends_the_job(machine)


def a_right_target_is_proven(machine: Path) -> None:
    """Bothends is installed from the action's own checkout; the job ends well, with reports and a summary."""
    folder = project(machine, "right")
    run = job(machine, folder)
    run.path.clear()
    steps, outputs = run.run(FEW)
    assert dict.fromkeys(steps, 0) == {name: step.code for name, step in steps.items()}, steps
    assert "proven" == outputs["verdict"]
    assert "0" == outputs["exit-code"]
    assert "PROVEN" in run.summary
    # Nothing else of its environment is on the path: the `python` of the target is that of the job.
    assert [["bothends"]] == [[file.name for file in Path(folder).iterdir()] for folder in run.path]
    uploaded = steps["actions/upload-artifact"].given
    assert {"name": "bothends", "path": outputs["reports"]} == uploaded
    assert ["junit.xml", "report.html"] == sorted(file.name for file in Path(outputs["reports"]).iterdir())
    schema = xmlschema.XMLSchema(ROOT / "tests" / "reports" / "junit.xsd")
    schema.validate(Path(outputs["reports"]) / "junit.xml")


def a_wrong_target_fails_the_job(machine: Path) -> None:
    """Its findings are annotations, the reports are kept all the same, and the outputs say what it is."""
    run = job(machine, project(machine, "wrong", BUG))
    steps, outputs = run.run({**FEW, "artifact": "reports of the route"}, without=[INSTALL])
    assert 1 == steps["Verify the route"].code, steps
    assert ("broken", "1") == (outputs["verdict"], outputs["exit-code"])
    commands = Runner().read(steps["Verify the route"].said)
    assert ("error", "spec.json") in [(name, told.get("file")) for name, told in commands]
    assert "BROKEN" in run.summary
    assert "reports of the route" == steps["actions/upload-artifact"].given["name"]


def inputs_are_no_commands(machine: Path) -> None:
    """What is given is what `bothends` is given, whatever a shell would make of it."""
    folder = project(machine, "hostile")
    hostile = '$(touch pwned) `touch pwned` "; touch pwned; echo "'
    inputs = dict.fromkeys(("config", "profile", "only", "arguments"), hostile)
    steps, outputs = job(machine, folder).run({**inputs, "lint": "false"}, without=[INSTALL])
    assert not steps["Lint the contract"].ran
    assert 2 == steps["Verify the route"].code, steps
    assert ("", "2") == (outputs["verdict"], outputs["exit-code"])
    assert [] == list(folder.glob("**/pwned"))


def a_mistake_of_the_contract_ends_the_job(machine: Path) -> None:
    """The linter comes first: nothing is verified, and no report is there to be kept."""
    folder = project(machine, "mistake")
    (folder / "bothends.toml").write_text('spec = "missing.yaml"\n', "utf-8")
    steps, outputs = job(machine, folder).run({"python-version": ""}, without=[INSTALL])
    assert 2 == steps["Lint the contract"].code
    assert {"actions/setup-python": False, "Verify the route": False, "actions/upload-artifact": False} == {
        name: steps[name].ran for name in ("actions/setup-python", "Verify the route", "actions/upload-artifact")
    }
    assert {"verdict": "", "exit-code": "", "reports": ""} == outputs
