"""Targets that can't be launched, and what is said of it."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bothends.errors import ContractError, HarnessError, TargetError
from bothends.launch import LaunchedTarget, describe_exit
from bothends.launch.ports import reserved_port

Make = Callable[..., LaunchedTarget]


@pytest.mark.parametrize(
    ("command", "options", "problem", "advice"),
    [
        (("no-such-program",), {}, "the program 'no-such-program' is not on the PATH", "command"),
        (("./no-such-file",), {}, "'./no-such-file' can't be run", "command"),
        (("/etc/hostname",), {}, "Permission denied", "command"),
        (("python",), {"cwd": Path("/no/such/folder")}, "the folder /no/such/folder does not exist", "cwd"),
        (("ec\0ho",), {}, "can't be started", "command"),
    ],
)
def test_what_can_not_be_run(make: Make, command: tuple[str, ...], options: Any, problem: str, advice: str) -> None:
    """The error names the program or the folder, and the setting to look at."""
    with pytest.raises(TargetError) as caught:
        asyncio.run(make(command=command, **options).start())
    assert problem in caught.value.problem
    assert advice in caught.value.advice


def test_no_command(make: Make) -> None:
    """Without a command there is nothing to launch, which the settings can mend."""
    with pytest.raises(ContractError, match="No command"):
        asyncio.run(make().start())


def test_a_wrong_name_in_the_environment(make: Make) -> None:
    """Nothing is launched, and the known names are told."""
    with pytest.raises(ContractError, match=r"world\.sesion_secret") as caught:
        asyncio.run(make("serve()", env={"A": "{world.sesion_secret}"}).start())
    assert caught.value.expected == "{host}, {port}, {world.session_secret}"


def test_a_log_that_can_not_be_opened(make: Make) -> None:
    """That is the machine's fault."""
    target = make("serve()")
    target.log_file.mkdir(parents=True)
    with pytest.raises(HarnessError, match="log can't be written"):
        asyncio.run(target.start())


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ('sys.exit("no database\\x1b[0m, " + os.environ["SECRET"])', "  | no database, [hidden]"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL"),
        ("os._exit(0)", "Its log is empty."),
    ],
)
def test_it_ends_before_it_is_ready(make: Make, script: str, problem: str) -> None:
    """The error has the exit code, the end of the log, and the interpreter that was meant by `python`."""
    with pytest.raises(TargetError, match="before it was ready") as caught:
        asyncio.run(make(script).start())
    assert problem in caught.value.problem
    assert sys.executable in caught.value.advice


def test_it_ends_without_being_python(make: Make) -> None:
    """Nothing is said of interpreters then."""
    with pytest.raises(TargetError, match="exit code 3") as caught:
        asyncio.run(make(command=("sh", "-c", "exit 3")).start())
    assert caught.value.advice == (
        "Run it yourself: sh -c 'exit 3'\n"
        "A variable that it lacks belongs into [target.env], or after --env, as NAME=VALUE."
    )


def port_of(host: str = "127.0.0.1") -> int:
    """Return a port that is free."""
    with reserved_port(host) as port:
        return port


def test_a_port_that_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports in use are passed over; when there is none, the error says what was wrong with the last."""
    port, other = port_of(), port_of()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        monkeypatch.setattr("bothends.launch.ports._PORTS", (port, port, port, other))
        assert port_of() == other
        monkeypatch.setattr("bothends.launch.ports._PORTS", (port,))
        with pytest.raises(HarnessError, match="in use"):
            port_of()


def test_no_port_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Till its target listens, nobody else is given it; then it is its target's."""
    port, other = port_of(), port_of()
    monkeypatch.setattr("bothends.launch.ports._PORTS", (port,))
    with reserved_port("127.0.0.1"):
        with pytest.raises(HarnessError, match="in use"):
            port_of()
        monkeypatch.setattr("bothends.launch.ports._PORTS", (port, other))
        assert port_of() == other
    monkeypatch.setattr("bothends.launch.ports._PORTS", (port,))
    assert port_of() == port


@pytest.mark.parametrize(
    ("code", "clause"),
    [(0, "ended with exit code 0"), (-15, "was killed by SIGTERM"), (-99, "was killed by signal 99")],
)
def test_exit_codes_in_words(code: int, clause: str) -> None:
    """A signal has its name, when it has one."""
    assert clause == describe_exit(code)
