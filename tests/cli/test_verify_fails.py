"""`bothends verify` when it can't verify: one clear message, the exit code of the table, no traceback."""

from __future__ import annotations

import json
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from bothends.cli.interrupts import ENDING
from bothends.contract import load
from tests.cli.conftest import Result
from tests.waiting import LONGEST, until

if TYPE_CHECKING:
    from tests.cli.conftest import Project, Snapshots

WRONG_CONTRACTS = {
    "broken-ref": ("openapi.yaml", "{$ref: '#/components/schemas/Success'}", "{$ref: '#/components/schemas/Succes'}"),
    "unknown-family": ("openapi.yaml", "x-given: signed-out", "x-given: logged-out"),
    "unknown-source": ("openapi.yaml", "x-from: clock.ms", "x-from: clock.seconds"),
    "settings-typo": ("bothends.toml", "upstream_timeout_ms", "upstream_timeout"),
    "unknown-variable": ("bothends.toml", "{world.settings}", "{world.setings}"),
    "no-target": ("bothends.toml", 'command = ["python", "-m", "reference"]', ""),
}


@pytest.mark.parametrize("name", WRONG_CONTRACTS)
def test_a_wrong_contract(name: str, project: Project, snapshots: Snapshots) -> None:
    """The file, the line, the pointer and what was expected are named; exit code 2."""
    project.replace(*WRONG_CONTRACTS[name])
    snapshots.check(f"contract-{name}", project.call("verify", "--only", "success/usual").told)


def test_no_settings_file(project: Project, snapshots: Snapshots) -> None:
    """A folder without settings is told what is missing, and nothing is written there; exit code 2."""
    (project.folder / "bothends.toml").unlink()
    snapshots.check("no-settings-file", project.call("verify").told)
    assert not (project.folder / ".bothends").exists()


def test_an_unknown_family(project: Project, snapshots: Snapshots) -> None:
    """The families that there are, and the nearest, are named; exit code 2."""
    snapshots.check("unknown-only", project.call("verify", "--only", "signed-ot").told)


def test_a_target_that_is_no_program(project: Project, snapshots: Snapshots) -> None:
    """The program that was not found is named; exit code 3."""
    snapshots.check("target-not-found", project.call("verify", "--command", "no-such-server --port 1").told)


def test_a_target_that_ends_at_once(project: Project, snapshots: Snapshots) -> None:
    """Its exit code and the end of its log are shown; exit code 3."""
    command = "python -c \"import sys; sys.exit('NEXTAUTH_SECRET is not set')\""
    snapshots.check("target-ends-at-once", project.call("verify", "--command", command).told)


def test_a_port_in_use(project: Project, snapshots: Snapshots) -> None:
    """The port and what to do are named; exit code 5, because it is the machine, not the target."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        project.replace("bothends.toml", 'path = "/settings"\n', f'path = "/settings"\nport = {port}\n')
        told = project.call("verify").told
    snapshots.check("port-in-use", told.replace(str(port), "PORT"))


def test_ctrl_c_keeps_what_was_found(project: Project) -> None:
    """The first Ctrl-C ends the run in order: the page and the report are of what was done; exit code 130."""
    with project.start("verify", "--max-examples", "20", "--json", "report.json") as process:
        assert process.stdout is not None
        assert "seed" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LONGEST)
    assert 130 == process.returncode
    assert err == ENDING
    assert out.rstrip().endswith("(interrupted)")
    report = json.loads((project.folder / "report.json").read_text())
    assert (True, "not-proven", 130) == (report["interrupted"], report["verdict"], report["exit_code"])


def test_ctrl_c_in_the_middle(project: Project, snapshots: Snapshots) -> None:
    """What was seen until then is on the page, and what was under way is no finding; exit code 130."""
    command = ("--command", "python -m tests.cli.targets.stays_silent", "--only", "success/usual")
    with project.start("verify", "--seed", "7", *command) as process:
        state = project.folder / ".bothends"
        until(lambda: any("silent" in log.read_text() for log in state.glob("*/target.log")))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LONGEST)
    snapshots.check("interrupted", Result(process.returncode, out, err).told)


def test_a_report_on_a_full_disk(project: Project, snapshots: Snapshots) -> None:
    """The page is shown all the same; exit code 2, because a job that reads the report must not go on."""
    told = project.call("verify", "--only", "success/usual", "--json", "/dev/full")
    assert 2 == told.code
    assert told.out.rstrip().endswith(": PROVEN")
    snapshots.check("report-on-full-disk", told.err)


def test_an_unknown_finding(project: Project, snapshots: Snapshots) -> None:
    """There is nothing to replay, and that is said; exit code 2."""
    snapshots.check("replay-unknown", project.call("replay", "3f9a1c").told)


def test_the_contract_of_these_tests_is_right(project: Project) -> None:
    """What each test changes is the only thing that is wrong."""
    assert "postRoute" == load(project.folder / "bothends.toml").operations[0].id
