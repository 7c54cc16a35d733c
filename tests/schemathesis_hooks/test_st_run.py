"""`st run` with the hooks: what Schemathesis alone can't see is found, and nothing is found where nothing is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from bothends.world.identities import test_user as user_of
from bothends.world.sessions.nextauth import NextAuthV4
from bothends.world.sessions.sealed import Issuer
from tests.warm import start as warm

ROOT = Path(__file__).resolve().parents[2]
PLANTED = ROOT / "tests" / "planted"
NOW = 4_102_444_800 - 30 * 24 * 3600
SECRET = "a secret that both sides know"


@dataclass(frozen=True)
class Project:
    """A folder with a contract, in which `st` is run."""

    folder: Path

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file of the contract; the text must be there."""
        path = self.folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def plant(self, fault: str) -> None:
        """Let the target be the reference with a fault in it."""
        self.replace("bothends.toml", '"-m", "reference"', f'"{PLANTED / fault}.py"')

    def st(self, *arguments: str) -> tuple[int, str]:
        """Run Schemathesis; return its exit code and what it tells."""
        command = [*warm.command("st"), *arguments, *(["--no-color"] if arguments[0] == "run" else [])]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "bothends.schemathesis", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        return done.returncode, done.stdout + done.stderr

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run its tests, with few examples and a fixed seed."""
        return self.st("run", "openapi.yaml", "-n", "10", "--seed", "1", *arguments)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Put this repository's contract into a folder; the target is the reference, and reads the spec of the folder."""
    settings = (ROOT / "bothends.toml").read_text("utf-8").replace('pacts = "contracts/pacts"\n', "")
    settings = settings.replace("[target]\n", f'[target]\ncwd = "{ROOT}"\n')
    own = f'[target.env]\nPYTHONPATH = "{ROOT}"\nOPENAPI_FILE = "{tmp_path}/openapi.yaml"\n'
    (tmp_path / "bothends.toml").write_text(settings.replace("[target.env]\n", own), "utf-8")
    (tmp_path / "openapi.yaml").write_text((ROOT / "openapi.yaml").read_text("utf-8"), "utf-8")
    return Project(tmp_path)


def failures(out: str) -> set[str]:
    """Return the checks that have failed."""
    return set(re.findall(r"ST\d+ (?:Custom check failed: `)?([^`\n:]+)", out.partition("FAILURES")[2]))


@pytest.mark.measured
@pytest.mark.long  # so do the commands of README.md and docs/pytest.md
def test_nothing_is_found_on_the_reference(project: Project) -> None:
    """A correct target passes all checks, ours among them."""
    code, out = project.run("--report", "junit", "--report-dir", "reports")
    assert (0, set()) == (code, failures(out)), out
    assert "No issues found" in out


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        pytest.param("event_twice", "bothends_one_event", marks=pytest.mark.measured),
        pytest.param("cached_settings", "bothends_provenance", marks=pytest.mark.long),
        pytest.param("settings_at_top", "bothends_nothing_dropped", marks=pytest.mark.long),
        ("event_again_later", "bothends_nothing_late"),
    ],
)
def test_faults_of_the_event_are_found(project: Project, fault: str, check: str) -> None:
    """What the target sends wrongly is found though all that it answers is right; the example of the spec shows it."""
    project.plant(fault)
    code, out = project.run("--phases", "examples")
    assert 1 == code
    assert check in failures(out), out


def test_events_on_400_are_found_and_replayed(project: Project) -> None:
    """An event for a body that is answered 400 is told with the law and its source, and `st replay` shows it again."""
    project.replace(
        "openapi.yaml",
        "'400':\n          description: The body is not",
        "'swap':\n          description: The body is not",
    )
    project.replace("openapi.yaml", "        '422':", "        '400':")
    project.replace("openapi.yaml", "        'swap':", "        '422':")
    project.plant("refused_yet_sent")
    code, out = project.run("--phases", "coverage")
    assert (1, {"bothends_no_event_without_success"}) == (code, failures(out)), out
    assert "An event was sent for a request that is answered 400." in out
    assert "promised  no event" in out
    assert "no-event-without-success: If an answer allows no event, none is acknowledged" in out
    code, again = project.st("replay")
    assert (1, True) == (code, "An event was sent for a request that is answered 400." in again), again


@pytest.mark.measured
def test_sessions_that_others_issue_are_left_alone(project: Project) -> None:
    """A cookie of the user's own settings is used, and nothing is said of whose event it should be."""
    project.replace("bothends.toml", "[world.session]\n", f'[world.session]\nsecret = "{SECRET}"\n')
    issuer = Issuer(NextAuthV4(), SECRET, "next-auth.session-token", NOW)
    cookie = issuer.issue(user_of(0, 1))[0][1]
    (project.folder / "schemathesis.toml").write_text(f"[auth.openapi.session]\napi_key = {json.dumps(cookie)}\n")
    code, out = project.run("--phases", "examples")
    assert (0, set()) == (code, failures(out)), out


@pytest.mark.measured
def test_running_targets_need_to_know_the_world(project: Project) -> None:
    """With `--url`, the ports, the secret and the key must be in the settings file."""
    code, out = project.run("--url", "http://127.0.0.1:9")
    assert 2 == code
    assert "next: Add them, or let bothends launch the target with --command" in out
    assert "workbench.py" not in out
