"""One hang is not the end: a target that answers nothing any more is started anew, and the run goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.settings import settings
from bothends.engine.run import restarts
from tests.one_process.project import SERVER, Project
from tests.ports import ports

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = "time_limit_ms = 2000"
GIVES_UP = "    except TimeoutError:\n        return refused(504)"
HANGS = "    except TimeoutError:\n        time.sleep(600)"
CRASHES = "    except TimeoutError:\n        os._exit(7)"
LEAKS = """    except TimeoutError:
        LOST.append(1)
        if len(LOST) > 3:
            time.sleep(600)
        return refused(504)"""
HANGS_ONCE = """    except TimeoutError:
        if not (data / "hung").exists():
            (data / "hung").touch()
            time.sleep(600)
        return refused(504)"""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for an answer no longer than the settings say."""
    monkeypatch.setattr(settings, "LEAST_JUDGED_TIME_LIMIT_MS", 2000)


def with_(timeout: str) -> str:
    """Return the server with what it does when its hook has not answered in time."""
    assert GIVES_UP in SERVER
    return SERVER.replace(GIVES_UP, timeout)


def told(project: Project, code: int, *arguments: str) -> dict[str, Any]:
    """Verify a project; return its report."""
    run = project.verify("--profile", "quick", "--seed", "1", "--json", "report.json", *arguments)
    assert code == run.returncode, run.stdout + run.stderr
    found: dict[str, Any] = json.loads((project.folder / "report.json").read_text())
    return found


def errors(report: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Return the errors: the law, the case, and whether it was reproduced."""
    return [(f["law"], f["case"], f["reproduced"]) for f in report["findings"] if f["severity"] == "error"]


@pytest.mark.parametrize("timeout", [HANGS, CRASHES], ids=["hangs", "crashes"])
def test_what_brings_a_target_down_is_found_and_the_run_goes_on(tmp_path: Path, timeout: str) -> None:
    """It is a finding where it does so again, alone; of that family the rest is not played, which is one line."""
    project = Project(tmp_path, target=LIMIT, server=with_(timeout))
    report = told(project, 1, "--only", "upstream-*")
    [(law, case, reproduced)] = errors(report)
    assert ("recovers", True, True) == (law, case.startswith("recovered/after the hooks "), reproduced)
    rest = [one for one in report["not_proven"] if "cases of upstream-timeout" in one["what"]]
    assert [True] == ["started anew" in one["why"] for one in rest]
    assert all(one["what"].endswith(" of add") for one in rest), rest
    assert report["target_failure"] == ""
    seen = {answer["status"]: answer["seen"] for answer in report["answers"]}
    assert seen["502"] > 0, "what comes after it was played"
    assert "second" not in project.starts
    assert project.starts.count("start") >= 3


def test_what_leaks_at_each_fault_is_found(tmp_path: Path) -> None:
    """A target that has four permits, and loses one whenever its hook hangs, hangs after no fault alone."""
    project = Project(tmp_path, target=LIMIT, server=f"LOST = []\n{with_(LEAKS)}")
    report = told(project, 1, "--only", "upstream-*")
    assert [("recovers", True)] == [(law, reproduced) for law, _, reproduced in errors(report)]


def test_a_target_that_gives_up_in_time_is_never_started_anew(tmp_path: Path) -> None:
    """One whose requests wait for a hook that hangs, and that answers then, is right."""
    project = Project(tmp_path, target=LIMIT)
    assert [] == errors(told(project, 0, "--only", "upstream-*"))
    assert ["start", "end"] == project.starts


def test_what_does_not_happen_again_alone_is_not_proven(tmp_path: Path) -> None:
    """A target that hangs once, and not again for the same fault, is accused of nothing, and that is said once."""
    project = Project(tmp_path, target=LIMIT, server=with_(HANGS_ONCE))
    report = told(project, 4, "--only", "upstream-*")
    assert [] == errors(report)
    [line] = [one for one in report["not_proven"] if "a target that is there" in one["what"]]
    assert "no longer answers" in line["why"]
    assert ["start", "start", "end"] == project.starts


@pytest.mark.parametrize(
    ("once", "starts"),
    [("", ["start", "setup", "start", "setup", "end"]), ("setup_once = true", ["start", "setup", "start", "end"])],
    ids=["each time", "once"],
)
def test_what_is_started_anew_is_set_up_anew(tmp_path: Path, once: str, starts: list[str]) -> None:
    """Unless the settings say that the target keeps what was set up."""
    steps = '[[target.setup]]\npath = "/hook"\njson = {url = "{world.hooks}/x"}'
    project = Project(tmp_path, target=f"{LIMIT}\n{once}\n{steps}", server=with_(HANGS_ONCE))
    assert [] == errors(told(project, 4, "--only", "upstream-timeout/hooks-hangs"))
    assert starts == project.starts


@pytest.mark.parametrize("again", [True, False], ids=["comes back", "stays away"])
def test_a_target_by_its_url_is_asked_three_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    """The run goes on where it answers after a while; else it ends, and says of each fault what was not played."""
    monkeypatch.setattr(restarts, "PAUSES", (1.0, 5.0, 30.0) if again else (0.1, 0.2, 0.4))
    port, hook = ports(2)
    project = Project(tmp_path, target=LIMIT, world=f"port = {hook}", server=with_(CRASHES))
    env = {**os.environ, "PORT": str(port), "DATA": str(tmp_path), "HOOK": f"http://127.0.0.1:{hook}/x"}
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            with subprocess.Popen(
                [sys.executable, "server.py"], cwd=tmp_path, env={**env, "TIMEOUT_MS": "500"}
            ) as served:
                while served.poll() is None and not over.wait(0.05):
                    pass
                served.terminate()
            if not again:
                return

    supervisor = threading.Thread(target=serve)
    supervisor.start()
    try:
        while not project.starts:
            time.sleep(0.02)
        report = told(project, 1 if again else 3, "--url", f"http://127.0.0.1:{port}", "--only", "upstream-*")
    finally:
        over.set()
        supervisor.join()
    if again:
        # Who is back before the next request is not seen to be gone: then the unanswered request is the finding.
        found = {law for law, _, _ in errors(report)}
        assert found
        assert set() == found - {"recovers", "answered"}
        assert report["target_failure"] == ""
    else:
        assert [] == errors(report)
        assert "no longer" in report["target_failure"]
        rest = [one["what"] for one in report["not_proven"]]
        assert any(" of add while the hooks " in what for what in rest), report["not_proven"]
