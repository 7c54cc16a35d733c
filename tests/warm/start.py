"""How tests start the command line as a process of its own, without the time that it takes to load its modules.

What a test asks of a command's own process (its memory, its signals, its terminal) it starts as users do.
"""

from __future__ import annotations

import atexit
import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.warm.targets import ready

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
_CLIENT = Path(__file__).parent / "client.py"
_TAKEN: dict[str, str] = {}


def command(program: str = "bothends") -> list[str]:
    """Return the words that start `bothends`, a `script`, a `module`, `pytest` or `st`; arguments come behind."""
    server = "bothends" if program in {"script", "module"} else program
    return [sys.executable, "-I", "-S", str(_CLIENT), served(server), program]


def line() -> str:
    """Return a line of Python with which another process launches targets from the servers of this one."""
    places = {program: served(program) for program in ("target", "bothends")}
    return f"import sys; sys.path.append({str(ROOT)!r}); from tests.warm import targets; targets.begin({places!r}.get)"


def take(places: Mapping[str, str]) -> None:
    """Use servers that another process has begun: the workers of one run of the tests have them in common."""
    _TAKEN.update(places)


def begun() -> dict[str, str]:
    """Begin a server of each program, which is ready in a moment; return their addresses."""
    return {program: _begun(program) for program in ("target", "bothends", "pytest", "st")}


@functools.cache
def served(program: str) -> str:
    """Return the address of a program's server, which is ready; one that is begun here ends with this process."""
    return ready(_TAKEN.get(program) or _begun(program))


@functools.cache
def _begun(program: str) -> str:
    targets = [] if program == "target" else [_TAKEN.get("target") or _begun("target")]
    folder = tempfile.TemporaryDirectory(prefix="bothends-warm-")
    place = str(Path(folder.name) / "socket")
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.warm.server", place, program, *targets],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )

    def end() -> None:
        server.communicate()
        folder.cleanup()

    atexit.register(end)
    return place
