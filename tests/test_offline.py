"""Nothing leaves this machine: what keeps the tests from it does so, and says what was tried."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import staying_here

ROOT = Path(__file__).resolve().parents[1]
ELSEWHERE = ("192.0.2.1", 9)  # RFC 5737: no machine has it
TRY = f"import socket; socket.create_connection({ELSEWHERE!r}, 5)"


def offline(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command where no other machine can be reached."""
    command = (sys.executable, "-m", "tests.offline", *command)
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=180)


def namespaces() -> bool:
    """Whether this machine lets its user make a network namespace."""
    return sys.platform == "linux" and offline("true").returncode == 0


@pytest.mark.skipif(not namespaces(), reason="this machine lets its user make no network namespace")
def test_other_machines_are_out_of_reach_and_what_is_tried_is_counted() -> None:
    """A connection to another machine fails at once and is counted; this machine is there; the exit code is kept."""
    done = offline(sys.executable, "-c", TRY)
    assert (1, True) == (done.returncode, "Network is unreachable" in done.stderr), done.stderr
    assert "offline: 1 attempts to reach another machine, all of them refused" in done.stderr
    here = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
    done = offline(sys.executable, "-c", f"{here}; raise SystemExit(5)")
    assert (5, True) == (done.returncode, "offline: 0 attempts" in done.stderr), done.stderr


TESTS = f"""
import subprocess, sys

def test_that_stays():
    pass

def test_that_has_a_process_that_leaves():
    subprocess.run([sys.executable, "-c", {TRY!r}], stderr=subprocess.DEVNULL)
"""


@pytest.mark.skipif(not namespaces(), reason="this machine lets its user make no network namespace")
def test_what_the_process_of_a_test_tries_is_a_failure_and_has_a_name(tmp_path: Path) -> None:
    """The test itself may not notice: the run fails, and says during which test it was."""
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    (tmp_path / "test_two.py").write_text(TESTS)
    run = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null")
    done = offline(*run, "--rootdir", str(tmp_path), str(tmp_path))
    assert (1, True) == (done.returncode, "2 passed" in done.stdout), done.stdout + done.stderr
    named = "another machine was tried during test_two.py::test_that_has_a_process_that_leaves (1)"
    assert [named] == [line for line in done.stdout.splitlines() if line.startswith("another machine")]


def test_a_test_that_leaves_is_refused() -> None:
    """The process of a test reaches this machine alone, by whatever name."""
    with pytest.raises(ConnectionRefusedError, match="tests stay on this machine"):
        socket.create_connection(ELSEWHERE, 5)
    assert [str(ELSEWHERE)] == staying_here.tried()
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
    assert [] == staying_here.tried()


ENDS = """
import builtins, sys
from tests import staying_here

class Last:
    def __del__(self, audit=sys.audit):
        audit("os.remove", "", -1)

staying_here.begin()
staying_here.last = Last()
builtins.kept = staying_here
"""


def test_what_is_closed_as_a_process_ends_is_none_of_its_errors() -> None:
    """Names of modules are gone then, which Python tells of at the end of a run."""
    done = subprocess.run([sys.executable, "-c", ENDS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize(
    ("address", "here"),
    [
        (("127.0.0.1", 1), True),
        (("127.9.9.9", 1), True),
        (("::1", 1, 0, 0), True),
        (("0.0.0.0", 1), True),  # noqa: S104 -- it is where to, and not where from
        ("/run/socket", True),
        (None, True),
        (("10.0.0.1", 1), False),
        (("example.com", 443), False),
        (("fe80::1%eth0", 1, 0, 2), False),
    ],
)
def test_what_is_here(address: object, here: bool) -> None:  # noqa: FBT001 -- a column of the table
    """Loopback and paths are here; other addresses, and names that have to be looked up, are not."""
    assert here == staying_here.is_here(address)
