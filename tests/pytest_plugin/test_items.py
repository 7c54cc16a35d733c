"""A run as items: what is collected, what a person can do with it, and how a failure reads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.pytest_plugin.conftest import FEW, Told

if TYPE_CHECKING:
    from tests.pytest_plugin.conftest import Project

ROOT = Path(__file__).resolve().parents[2]
PLANTED = ROOT / "tests" / "planted"


def section(out: str, title: str) -> str:
    """Return what stands under a title of pytest's."""
    found = re.search(rf"^_+ {re.escape(title)} _+$\n(.*?)(?=^[_=]{{3,}})", out, re.MULTILINE | re.DOTALL)
    assert found, out
    return found[1]


def test_each_case_interaction_and_scenario_is_an_item_beside_other_tests(project: Project) -> None:
    """Items bear the names that `--only` takes, each once; a path need not be named."""
    project.replace(
        "bothends.toml", 'spec = "openapi.yaml"\n', f'spec = "openapi.yaml"\npacts = "{ROOT}/contracts/pacts"\n'
    )
    (project.folder / "test_own.py").write_text("def test_own():\n    pass\n")
    lines = project.pytest("--bothends", "bothends.toml", *FEW, "--collect-only").out.splitlines()
    assert "test_own.py::test_own" in lines
    names = [line.partition("::")[2] for line in lines if line.startswith("bothends.toml::")]
    assert len(names) == len(set(names)) > 700
    assert {
        "success/usual",
        "signed-out/no-session",
        "fuzz-valid/0001",
        "pact/worker-route/an event of a user",
        "start-and-stop/sigterm-idle",
    } <= set(names)


def test_items_are_chosen_with_k_and_shared_between_workers(project: Project) -> None:
    """Each worker has a world and a target of its own, and all collect the same."""
    result = project.run("-k", "signed-out/expired or precedence", "-n", "2")
    assert (0, 0) == (result.code, result.counts().get("failed", 0)), result.out
    assert result.counts()["passed"] > 8
    logs = {path.name for path in (project.folder / ".bothends").glob("bothends/target-gw*.log")}
    assert {"target-gw0.log", "target-gw1.log"} == logs


def test_failures_read_well_and_are_found_again(project: Project) -> None:
    """A broken law in words, with promise, moments and law: JUnit has it, `--lf` runs it again, `-x` stops at it."""
    project.launch(PLANTED / "swallowed_failure.py")
    first = project.run("-k", "signed-out/no-session or upstream-unreachable", "--junitxml", "junit.xml")
    assert (1, {"failed": 1, "passed": 2}) == (first.code, {k: first.counts()[k] for k in ("failed", "passed")}), (
        first.out
    )
    Told("a-failing-case-in-words")(section(first.out, "upstream-unreachable/ingest-unreachable"))
    suite = ET.parse(project.folder / "junit.xml").getroot().find("testsuite")  # noqa: S314 -- pytest wrote it
    assert suite is not None
    assert {"upstream-unreachable/ingest-unreachable"} == {
        case.attrib["name"] for case in suite.iter("testcase") if case.find("failure") is not None
    }
    again = project.run("--lf", "-x")
    assert (1, 1) == (again.code, again.counts()["failed"])
    assert "passed" not in again.counts()
    assert "stopping after 1 failures" in again.out
    replays = list((project.folder / ".bothends").glob("*/findings/*.json"))
    assert ["event-for-success"] == [json.loads(path.read_text("utf-8"))["law"] for path in replays]


@pytest.mark.measured
def test_what_is_lived_with_does_not_fail(project: Project) -> None:
    """A known finding is told to JUnit, and the item passes."""
    project.launch(PLANTED / "swallowed_failure.py")
    known = 'law = "event-for-success"\ncause = "fault of the ingest"\noperation = "*"\nstatus = "200"\ncase = "*"\n'
    known += 'reason = "we know"\nexpires = 2999-12-31\n'
    (project.folder / "known-findings.toml").write_text(f"[[known]]\n{known}", "utf-8")
    result = project.run("-k", "upstream-unreachable/ingest", "--junitxml", "junit.xml")
    assert (0, 1) == (result.code, result.counts()["passed"]), result.out
    assert 'name="known" value="event-for-success' in (project.folder / "junit.xml").read_text("utf-8")


def test_states_that_are_not_met_are_not_proven(project: Project, told: Told) -> None:
    """A right answer proves nothing where the fault was never met."""
    project.launch(PLANTED / "cached_settings.py")
    project.replace("openapi.yaml", "x-from: upstream.settings", "x-note: from anywhere")
    project.make_cases(2)
    result = project.run("-k", "upstream-odd/settings-answers-in-chunks")
    assert 1 == result.code
    told(section(result.out, "upstream-odd/settings-answers-in-chunks"))


@pytest.mark.measured
def test_empty_pacts_are_not_proven(project: Project) -> None:
    """A pact without an interaction passes nowhere."""
    pacts = project.folder / "pacts"
    pacts.mkdir()
    pact = {"consumer": {"name": "web"}, "provider": {"name": "route"}, "interactions": []}
    (pacts / "web-route.json").write_text(json.dumps({**pact, "metadata": {"pactSpecification": {"version": "4.0"}}}))
    project.replace("bothends.toml", 'spec = "openapi.yaml"\n', 'spec = "openapi.yaml"\npacts = "pacts"\n')
    result = project.run("-k", "pact/")
    assert (1, {"failed": 1}) == (result.code, {k: v for k, v in result.counts().items() if k == "failed"}), result.out
    assert "It has no interactions, so it proves nothing." in result.out


@pytest.mark.measured
def test_pacts_and_scenarios_are_proven(project: Project) -> None:
    """Interactions are verified by Pact's library, scenarios with a target of their own."""
    project.replace(
        "bothends.toml", 'spec = "openapi.yaml"\n', f'spec = "openapi.yaml"\npacts = "{ROOT}/contracts/pacts"\n'
    )
    result = project.run("-k", "worker-route or sigterm-idle")
    assert 0 == result.code, result.out
    assert result.counts()["passed"] >= 3


@pytest.mark.measured
def test_a_target_that_dies_is_started_again(project: Project) -> None:
    """The item in which it dies fails as that, and the next one is tried with a new one."""
    project.launch(ROOT / "tests" / "cli" / "targets" / "dies.py")
    result = project.run("-k", "success/usual or success/no-body or success/empty-object or success/chunked")
    assert "The target exited with code 7" in result.out
    assert result.counts()["passed"] >= 2, result.out
    assert result.counts()["failed"] >= 1


def test_what_shows_only_once_is_called_flaky(project: Project) -> None:
    """What breaks a law and does not break it again fails all the same, and is called by its name."""
    project.launch(ROOT / "tests" / "pytest_plugin" / "targets" / "twice_once.py")
    result = project.run("-k", "success/usual")
    assert 1 == result.code
    assert "1. error, flaky: one-event: One request caused 2 events." in result.out


def test_a_target_that_does_not_start_is_tried_once(project: Project) -> None:
    """All items tell why, and nothing waits for it again."""
    project.launch(ROOT / "tests" / "pytest_plugin" / "targets" / "ends.py")
    project.replace("bothends.toml", "[target.env]\n", f'[target.env]\nMARKS = "{project.folder}/starts.txt"\n')
    result = project.run("-k", "upstream-unreachable")
    assert {"error": 2} == {k: v for k, v in result.counts().items() if k == "error"}, result.out
    assert "started" == (project.folder / "starts.txt").read_text("utf-8").strip()


@pytest.mark.measured
def test_what_comes_late_fails_the_last_test(project: Project) -> None:
    """An event that is sent again after the answer belongs to no item any longer, and is told all the same."""
    project.launch(PLANTED / "event_again_later.py")
    result = project.run("-k", "upstream-unreachable/settings")
    assert 1 == result.code
    # Where the machine is slow, the item is not over yet, and fails itself.
    late = "After the last test, bothends found this about an earlier one."
    assert late in result.out or "FAILED bothends.toml::upstream-unreachable/settings" in result.out
    assert "One request caused 2 events." in result.out


@pytest.mark.parametrize(
    ("arguments", "expected", "code"),
    [
        pytest.param(
            ("--bothends", "nothing.toml"),
            "--bothends nothing.toml: the file does not exist",
            4,
            marks=pytest.mark.measured,
        ),
        (
            ("--bothends", "bothends.toml", "--bothends-url", "http://127.0.0.1:9", "-n", "2"),
            "Run pytest without -n.",
            1,
        ),
        (("--bothends", "bothends.toml", "--bothends-url", "http://127.0.0.1:9"), "but the settings do not", 1),
    ],
)
def test_wrong_calls_are_told(project: Project, arguments: tuple[str, ...], expected: str, code: int) -> None:
    """What can't be done is told with what to do."""
    result = project.pytest(*arguments, *FEW, "-k", "upstream-unreachable")
    assert expected in result.out
    assert code == result.code


def test_wrong_contracts_fail_the_collection(project: Project) -> None:
    """The place and the error stand where pytest tells what it could not collect."""
    project.replace("bothends.toml", "upstream_timeout_ms =", "upstream_timeout =")
    result = project.run()
    assert 2 == result.code
    assert "Did you mean 'upstream_timeout_ms'?" in result.out
    assert "Traceback" not in result.out


def test_an_item_is_named_and_all_are_left_out_by_their_mark(project: Project) -> None:
    """With one item named it is collected alone; `-m` tells the items from the tests that are there."""
    (project.folder / "test_own.py").write_text("def test_own():\n    pass\n")
    one = project.pytest("--bothends", "bothends.toml", *FEW, "bothends.toml::success/usual", "--collect-only")
    assert ["bothends.toml::success/usual"] == [line for line in one.out.splitlines() if "::" in line]
    marked = project.pytest("--bothends", "bothends.toml", *FEW, "-m", "not bothends", "--collect-only")
    assert ["test_own.py::test_own"] == [line for line in marked.out.splitlines() if "::" in line]
