"""What a plugin adds, in one definition each, is used by whole runs as what comes with bothends is.

The plugins are those of `docs/how-to/plugins.md`. Each run is a command of its own, with a real target.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import ROOT, Project
from tests.documents.blocks import blocks

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/how-to/plugins.md"
PLUGINS = {block.name: block.text for block in blocks(PAGE) if block.name.startswith("plugins/")}
TARGETS = "tests.outside.targets"
WORDS = ("nicely", "backwards", "teapot")
TOLD = """
import json
from pathlib import Path
import bothends.world
from bothends.cases import all_families, plan
from bothends.contract import load
from tests.documents.families_page import page
cases = plan(load(Path("bothends.toml")), seed=1, max_examples=0).parts()[0]
print(json.dumps({"plan": [case.label for case in cases], "families": all_families(), "page": page()}))
"""
SWALLOWS = "python -m tests.planted.swallowed_failure"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """This repository's contract in a folder of its own, with all plugins of the page."""
    for name in ("openapi.yaml", "bothends.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "plugins").mkdir()
    for name, text in PLUGINS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    made = Project(tmp_path)
    named = ", ".join(f'"{name}"' for name in PLUGINS)
    made.replace("bothends.toml", 'spec = "openapi.yaml"\n', f'spec = "openapi.yaml"\nplugins = [{named}]\n')
    made.replace("bothends.toml", "[target]\n", f'[target]\ncwd = "{ROOT}"\n')
    made.replace("bothends.toml", 'pacts = "contracts/pacts"\n', "")
    return made


def verified(project: Project, only: str, command: str = "") -> dict[str, object]:
    """Return the JSON report of a run of some cases."""
    target = ["--command", command] if command else []
    told = project.run("verify", "--only", only, "--seed", "1", "--json", "report.json", *target, timeout=240)
    assert told.code in {0, 1}, told.told
    report: dict[str, object] = json.loads((project.folder / "report.json").read_text("utf-8"))
    return report


def broken_by(report: dict[str, object]) -> dict[str, list[str]]:
    """Return the states in which each law was found broken."""
    found = report["findings"]
    assert isinstance(found, list)
    return {one["law"]: one["given"] for one in found}


def test_the_page_has_a_plugin_of_each_sort() -> None:
    """One definition each."""
    used = ("@fault(", "@session_state(", "register_family(", "@report(", "register_law(")
    assert [1] * len(used) == [sum(word in text.replace("import", "") for text in PLUGINS.values()) for word in used]


def test_a_fault_is_played_at_each_service(project: Project) -> None:
    """A right target is proven with it, and one that takes a failure for success is broken in its state."""
    assert "proven" == verified(project, "upstream-wrong/settings-is-a-teapot")["verdict"]
    report = verified(project, "upstream-wrong/ingest-is-a-teapot", SWALLOWS)
    assert "broken" == report["verdict"]
    assert ["the ingest is a teapot"] in broken_by(report).values()


def test_a_session_state_is_sent(project: Project) -> None:
    """A right target turns it away, and one that takes it is broken by the law of its family."""
    assert "proven" == verified(project, "signed-out/backwards")["verdict"]
    report = verified(project, "signed-out/backwards", f"python -m {TARGETS}.reads_backwards")
    assert "broken" == report["verdict"]
    assert ["the session is written backwards"] in broken_by(report).values()


def test_a_family_is_run(project: Project) -> None:
    """All its cases, by its name alone; what breaks there is found."""
    assert "proven" == verified(project, "please")["verdict"]
    report = verified(project, "please", f"python -m {TARGETS}.easily_charmed")
    assert "broken" == report["verdict"]
    told = project.run("verify", "--only", "plaese")
    assert (2, True, True) == (told.code, "success, please, read-back" in told.err, "'please'" in told.err)


def test_a_report_is_written_by_its_option(project: Project) -> None:
    """To a file or to standard output, by a run and by a replay; a misspelt option is told as ever."""
    told = project.run("verify", "--only", "success/usual", "--tally", "-")
    assert (0, "proven, findings: 0\n") == (told.code, told.out)
    told = project.run("verify", "--only", "success/usual", "--tally", "/nowhere/tally.txt")
    assert (2, True) == (told.code, "the folder '/nowhere' does not exist" in told.err)
    told = project.run("verify", "--taly", "-")
    assert (2, True) == (told.code, "unrecognized arguments: --taly; did you mean '--tally'?" in told.err)


@pytest.mark.measured
def test_a_law_is_judged(project: Project) -> None:
    """It stands in the report among the laws that held."""
    laws = verified(project, "success/usual")["laws"]
    assert isinstance(laws, list)
    assert 1 == sum(law["law"] == "quiet-name" and law["judged"] > 0 for law in laws)


def test_all_of_them_are_in_the_tables(project: Project) -> None:
    """The states are listed, each case is in the plan of a whole run, and the page of the families has theirs."""
    states = json.loads(project.run("states", "--json").out)
    assert {"teapot", "backwards"} <= {state["name"] for state in states}
    done = subprocess.run(
        [sys.executable, "-c", TOLD], cwd=project.folder, env=project.environment(), capture_output=True, check=True
    )
    told = json.loads(done.stdout)
    assert [
        "please/asks-nicely",
        "signed-out/backwards",
        "upstream-wrong/ingest-is-a-teapot",
        "upstream-wrong/settings-is-a-teapot",
    ] == [label for label in sorted(told["plan"]) if label.split("/")[1].split("-")[-1] in WORDS]
    assert ["success", "please", "read-back"] == told["families"][:3]
    row = "| `please` | A right request, with a header that nobody asked for. | `please/asks-nicely` |"
    assert row in told["page"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('@fault("hangs")', "The fault `hangs` is registered twice"),
        ('@fault("naps", tried="upstream-timout/naps")', "the family `upstream-timout`, which there is not"),
        ('@fault("naps", tried="naps")', "The fault `naps` is tried by `naps`"),
        ('@fault("naps", tried="upstream-timeout/hangs")', "have the same case: `upstream-timeout/hangs`"),
    ],
)
def test_a_fault_that_can_t_be_taken_is_told(project: Project, text: str, problem: str) -> None:
    """Its name, its sentence and its case are its own, and its family is there."""
    plugin = PLUGINS["plugins/teapot.py"].replace('@fault("teapot", tried="upstream-wrong/is-a-teapot")', text)
    (project.folder / "plugins" / "teapot.py").write_text(plugin, "utf-8")
    told = project.run("verify", "--only", "success/usual")
    assert problem in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("teapot", "is a teapot", "hangs", "Two states have the sentence `the {upstream} hangs`"),
        ("backwards", "backwards", "no-session", "The session state `no-session` is registered twice"),
        ("please", '"please"', '"success"', "The family `success` is registered twice"),
        ("tally", '"tally"', '"json"', "The report `json` is registered twice"),
        ("quiet", "quiet-name", "own-event", "The law `own-event` is registered twice"),
        ("quiet", "from bothends", "from nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_a_plugin_that_can_t_be_loaded_is_told(project: Project, file: str, old: str, new: str, problem: str) -> None:
    """With the line of the settings that names it, and no traceback."""
    path = project.folder / "plugins" / f"{file}.py"
    path.write_text(PLUGINS[f"plugins/{file}.py"].replace(old, new), "utf-8")
    told = project.run("verify", "--only", "success/usual")
    assert 2 == told.code
    assert f"bothends.toml:4 plugins: The plugin 'plugins/{file}.py' can't be loaded: {problem}" in told.err
    assert "Traceback" not in told.err


def test_a_plugin_that_is_not_there_is_told(project: Project) -> None:
    """A file of that name is looked for beside the settings; anything else is a module."""
    (project.folder / "plugins" / "tally.py").unlink()
    assert "The file does not exist" in project.run("verify", "--only", "success/usual").err
    project.replace("bothends.toml", '"plugins/tally.py"', '"house_rules"')
    assert "No module named 'house_rules'" in project.run("states").err
