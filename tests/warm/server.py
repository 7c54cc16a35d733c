"""Forks processes that have their modules loaded: to load them takes longer than most commands do.

    python -m tests.warm.server SOCKET PROGRAM [SOCKET_OF_TARGETS]

Each command is a process of its own: with the environment, the folder and the streams of the client that asks for it,
with plugins and kinds that no other command has, ended by its client's end. It serves until its standard input ends.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from coverage import process_startup

from tests.warm.targets import from_server

if TYPE_CHECKING:
    from collections.abc import Callable

_OF_TARGETS = "cryptography.hazmat.primitives.kdf.hkdf h11 http.cookiejar http.server httptools joserfc.jws joserfc.jwt"
_OF_ST = "schemathesis.cli.commands.run.context schemathesis.cli.commands.run.executor"
PROGRAMS = {
    "bothends": (
        "bothends.cli.runs bothends.engine bothends.reports bothends.workbench",
        "tests.warm.server",
        "any_of",
    ),
    "pytest": (
        "bothends.pytest_plugin.fixtures bothends.pytest_plugin.items _hypothesis_pytestplugin xdist.plugin",
        "pytest",
        "main",
    ),
    "st": (f"bothends.schemathesis_hooks bothends.workbench {_OF_ST}", "schemathesis.cli", "schemathesis"),
    "target": (
        f"{_OF_TARGETS} aiohttp httpx jsonschema_rs sanic.server starlette.applications uvicorn yaml",
        "tests.warm.targets",
        "run_target",
    ),
}
"""What is loaded for a server's programs, and the module and the function that it calls."""


def serve(place: str) -> dict[str, Any] | None:
    """Serve until standard input ends, and return None; in each process that was asked for, return the request."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{place}.new")
        listener.listen(64)
        os.rename(f"{place}.new", place)  # noqa: PTH104 -- whoever finds it there can connect
        while True:
            ready, _, _ = select.select([listener.fileno(), 0], [], [], 1.0)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if listener.fileno() in ready:
                connection, _ = listener.accept()
                if os.fork() == 0:
                    listener.close()
                    return _attend(connection)
                connection.close()
            elif ready:
                return None


def _attend(connection: socket.socket) -> dict[str, Any]:
    """Fork the process that a client asks for, and tell its number and its exit code; return in that process only."""
    size, streams, _, _ = socket.recv_fds(connection, 8, 3)
    with connection.makefile("rb") as stream:
        request: dict[str, Any] = json.loads(stream.read(int.from_bytes(size, "big")))
    process = os.fork()
    if process == 0:
        if request.get("session"):
            os.setsid()
        for number, each in enumerate(streams):
            os.dup2(each, number)
            os.close(each)
        connection.sendall(b"%d\n" % os.getpid())
        connection.close()
        return request
    for each in streams:
        os.close(each)
    for number in range(3):  # what reads the process's streams waits for no other process
        os.close(number)
    threading.Thread(target=_end_with, args=(connection, process), daemon=True).start()
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    with contextlib.suppress(OSError):
        connection.sendall(b"%d\n" % code)
    os._exit(0)


def _end_with(connection: socket.socket, process: int) -> None:
    """End a process when its client is gone."""
    with contextlib.suppress(OSError):
        connection.recv(1)
    os.kill(process, signal.SIGKILL)


def any_of() -> object:
    """Run `bothends`, a `script` or a `module`, as `python` does."""
    match sys.argv[0]:
        case "bothends":
            from bothends.cli.main import main  # noqa: PLC0415 -- it is loaded, but only where it is called

            return main()
        case "script":
            del sys.argv[0]
            sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
            runpy.run_path(sys.argv[0], run_name="__main__")
        case _:
            del sys.argv[0]
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    return None


def run(program: Callable[[], object], request: dict[str, Any]) -> NoReturn:
    """Be the process that was asked for."""
    os.chdir(request["cwd"])
    before = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ.clear()
    os.environ.update(request["env"])
    if os.environ.get("COVERAGE_PROCESS_CONFIG"):
        # All but the lines that are run when a module is loaded, which the process of the tests measures.
        process_startup(force=True)
    # As `python -m` has it: the folder, then what the environment names, then what is installed.
    more = [path for path in request["env"].get("PYTHONPATH", "").split(os.pathsep) if path and path not in before]
    sys.path[:1] = [str(Path.cwd()), *more]
    sys.argv = request["words"]
    # As the interpreter opens them at its start.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 -- for as long as the process is
    lines = os.isatty(1) or "PYTHONUNBUFFERED" in os.environ
    sys.stdout = open(1, "w", 1 if lines else -1, "utf-8", closefd=False)  # noqa: SIM115 -- likewise
    sys.stderr = open(2, "w", 1, "utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115 -- likewise
    raise SystemExit(program())


if __name__ == "__main__":
    modules, module, name = PROGRAMS[sys.argv[2]]
    for each in (*modules.split(), module):
        importlib.import_module(each)
    main = getattr(sys.modules[module], name)
    # What is there stays as it is in each process: the pages that hold it are shared.
    gc.freeze()
    own, program, *targets = sys.argv[1:]
    # A target may be `bothends mock`, which a server of `bothends` has as well.
    places = {"target": targets[0], **({program: own} if program == "bothends" else {})} if targets else {}
    with from_server(places.get) if targets else contextlib.nullcontext():
        if asked := serve(own):
            run(main, asked)
