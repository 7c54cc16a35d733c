"""Launches Python targets from a process that has loaded what they import, which takes most of them longer than to run.

Such a target is a process of its own: with the number, the group, the signals, the streams and the exit code that its
caller deals with. Only its time to load is gone. What a test asks of the launch itself, it launches as users do.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from bothends.launch import process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SETTLED = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
"""Variables of the interpreter that a process can be given when it has begun already, or that change nothing here."""

Places = Callable[[str], str | None]
"""Returns the address of the server of a program, `target` or `bothends`; None: there is none."""


_MOST_SECONDS = 120.0


def ready(place: str) -> str:
    """Wait until a server that was begun is ready; return its address."""
    deadline = time.monotonic() + _MOST_SECONDS
    while not Path(place).exists():
        assert time.monotonic() < deadline, f"{place}: the server is not ready"
        time.sleep(0.01)
    return place


class WarmProcess:
    """What a launch needs of `subprocess.Popen`, for a process that a server has forked.

    Attributes:
        pid: Its number, which is that of its session and of its group.
        returncode: Its exit code, negative for a signal; None while it is not known to have ended.
    """

    def __init__(self, place: str, request: Mapping[str, Any], streams: Sequence[int]) -> None:
        """Ask for it.

        Args:
            place: The server's address.
            request: Words, environment and folder.
            streams: Standard input, output and error.
        """
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(ready(place))
        text = json.dumps({**request, "session": True}).encode("utf-8", "surrogateescape")
        socket.send_fds(self._connection, [len(text).to_bytes(8, "big")], streams)
        self._connection.sendall(text)
        self._said = b""
        self.returncode: int | None = None
        self.pid = self._number()

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        if self.returncode is None:
            with contextlib.suppress(BlockingIOError):
                if b"\n" not in self._said:  # of one that ends at once, the code comes with the number
                    self._read(socket.MSG_DONTWAIT)
                self.wait()
        return self.returncode

    def wait(self) -> int:
        """Wait until it has ended; return its exit code."""
        if self.returncode is None:
            self.returncode = self._number()
            self._connection.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to it, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _number(self) -> int:
        while b"\n" not in self._said:
            self._read()
        line, _, self._said = self._said.partition(b"\n")
        return int(line)

    def _read(self, flags: int = 0) -> None:
        if not (more := self._connection.recv(64, flags)):
            raise ConnectionError("The server of warm targets is gone.")
        self._said += more


def launched_from(places: Places) -> SimpleNamespace:
    """Return what takes the place of the module `subprocess` where bothends launches targets.

    Args:
        places: Where the servers are; it may start one.
    """
    settings_of_python = _of_python(os.environ)

    def launch(command: Sequence[str], **options: Any) -> WarmProcess | subprocess.Popen[bytes]:
        folder, environment = Path(options["cwd"]), options.get("env")
        if environment is None or settings_of_python != _of_python(environment):
            return subprocess.Popen(command, **options)
        words = _warm_words(command, folder, environment)
        place = places("bothends" if words[:1] == ["bothends"] else "target") if words else None
        if place is None:
            return subprocess.Popen(command, **options)
        output, errors = options["stdout"], options["stderr"]
        given = os.open(os.devnull, os.O_RDONLY)
        try:
            streams = [given, output, output if errors == subprocess.STDOUT else errors]
            return WarmProcess(place, {"words": words, "cwd": str(folder.absolute()), "env": environment}, streams)
        finally:
            os.close(given)

    return SimpleNamespace(**{**vars(subprocess), "Popen": launch})


def _of_python(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what an interpreter reads at its start."""
    of_python = {name: value for name, value in environment.items() if value and name.startswith("PYTHON")}
    return {name: value for name, value in of_python.items() if name not in _SETTLED}


def _warm_words(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Return what a server is asked for; nothing: the command has to be launched.

    A server has what this interpreter runs from a file, a module that is found by its path, and `bothends`.
    """
    if command[0] != sys.executable or not folder.is_dir():
        return []
    match command[1:]:
        case ["-m", "bothends", *arguments]:
            return ["bothends", *arguments]
        case ["-m", name, *_]:
            more = [folder / path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
            module = Path(*name.split("."))
            files = [place / file for place in (folder, *more) for file in (f"{module}.py", module / "__main__.py")]
            return [*command] if any(file.is_file() for file in files) else []
        case [script, *_] if (folder / script).is_file():
            return [*command]
    return []


def begin(places: Places) -> None:
    """Let processes of servers be the targets that are launched in this process, to its end.

    Args:
        places: Where the servers are; it may start one.
    """
    vars(process)["subprocess"] = launched_from(places)


@contextlib.contextmanager
def from_server(places: Places) -> Iterator[None]:
    """Do the same while the body runs.

    Args:
        places: Where the servers are; it may start one.
    """
    before = vars(process)["subprocess"]
    begin(places)
    try:
        yield
    finally:
        vars(process)["subprocess"] = before


def run_target() -> None:
    """Run a module or a script as `python` does; `sys.argv` has the interpreter, too."""
    import runpy  # noqa: PLC0415 -- the processes that ask for targets need none of it

    # What the server was made of is not the target's.
    for name in [name for name in sys.modules if name.partition(".")[0] in {"tests", "bothends"}]:
        del sys.modules[name]
    del sys.argv[0]
    if sys.argv[0] == "-m":
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        script = Path(sys.argv[0]).absolute()
        sys.path[0] = str(script.parent)
        runpy.run_path(str(script), run_name="__main__")
