"""Generated cases made by a process of their own, and played as they come.

Where nothing else is played before them, nothing is won by waiting until the last is made. So a run reads them while
they are made: the one process draws cases, the other sends them and judges what comes of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bothends.cases.fuzzing.source import (
    case_seed,
    is_cached,
    line_reader,
    made_here,
    name_of_cases,
    to_line,
)
from bothends.cases.fuzzing.unmade import UnmadeError, not_made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bothends.contract.model import Contract
    from bothends.records import Case, NotProven

LEAST = 200
"""Cases from which on a process of their own is worth its start."""

_CHUNK = 16
_END = b"="
_EXIT_GRACE = 2.0
"""Seconds; an orphan that has ended may stay a zombie that nobody reaps."""
_LOOK_SECONDS = 0.005


@contextlib.contextmanager
def streamed(
    contract: Contract, *, seed: int, count: int, folder: Path, fork: bool = False
) -> Iterator[Callable[[], Iterator[Case]] | None]:
    """Begin to make the generated cases in a process of their own, unless they are kept already, or are few.

    Args:
        contract: The contract.
        seed: The run's seed.
        count: Fuzzed cases in all, at most.
        folder: Where the cases are kept.
        fork: Whether the process is a fork of this one, which need not be started nor load the contract: then this one
            has no thread and no event loop yet.

    Yields:
        What yields the cases once, as `source.made_here` does; None: they are to be made by who reads them.
    """
    if count < LEAST or is_cached(contract, seed=seed, count=count, folder=folder):
        yield None
    elif fork or contract.settings.file.is_file():
        over = threading.Event()
        with (_forked if fork else _launched)(contract, seed, count) as lines:
            try:
                yield lambda: _cases(lines, over, contract, seed, count)
            finally:
                over.set()
    else:
        yield None


@contextlib.contextmanager
def _launched(contract: Contract, seed: int, count: int) -> Iterator[Iterable[bytes]]:
    file = str(contract.settings.file)
    process = subprocess.Popen(  # noqa: S603 -- this interpreter, and a file that was read already
        [*(sys.executable, "-P", "-c", f"from {__name__} import main; main()"), file, str(seed), str(count)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process.stdout or ()
    finally:
        _kill_all(process.pid)
        process.communicate()
        _see_out(process.pid)


@contextlib.contextmanager
def _forked(contract: Contract, seed: int, count: int) -> Iterator[Iterable[bytes]]:
    read_end, write_end = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        try:
            os.setpgid(0, 0)
            os.close(read_end)
            nothing = os.open(os.devnull, os.O_RDWR)
            for end in range(3):
                os.dup2(nothing, end)
            with open(write_end, "wb") as out:  # noqa: PTH123 -- a pipe
                _write(contract, seed, count, out)
        finally:
            os._exit(0)
    os.close(write_end)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpgid(pid, pid)  # whoever of both comes first
    with open(read_end, "rb") as lines:  # noqa: PTH123 -- a pipe
        try:
            yield lines
        finally:
            _kill_all(pid)
            os.waitpid(pid, 0)
            _see_out(pid)


def _kill_all(group: int) -> None:
    """Kill a process that makes cases, and the fork of it that draws some of them."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # they have ended; the second is macOS's word for it
        os.killpg(group, signal.SIGKILL)


def _see_out(group: int) -> None:
    """Wait until all of them are gone that were killed: on a busy machine each has to run once for that."""
    until = time.monotonic() + _EXIT_GRACE
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < until:
            os.killpg(group, 0)
            time.sleep(_LOOK_SECONDS)


def _cases(
    written: Iterable[bytes], over: threading.Event, contract: Contract, seed: int, count: int
) -> Iterator[Case]:
    """Yield what a process has made; what it could not make, or not to its end, is made here: it is the same.

    A thread may read it when nobody wants more: that the process was ended then is no reason to make the rest here.

    Raises:
        ContractError: As `made_here`.
        UnmadeError: Likewise.
    """
    made, read, lines = 0, line_reader(), iter(written)
    if next(lines, b"") == _head(contract, seed, count):
        for line in lines:
            if line.startswith(_END):
                if unmade := json.loads(line[len(_END) :]):
                    raise UnmadeError(tuple(not_made(*one) for one in unmade))
                return
            if line.endswith(b"\n"):
                yield read(line)
                made += 1
    if not over.is_set():
        yield from islice(made_here(contract, seed, count), made, None)


def _head(contract: Contract, seed: int, count: int) -> bytes:
    """Return the first line: which cases they are."""
    return f"{name_of_cases(contract, seed, count)}\n".encode()


def main() -> None:
    """Write the cases of a settings file, a seed and a number to standard output."""
    from bothends.contract import load  # noqa: PLC0415 -- the process that plays has its contract already

    file, seed, count = sys.argv[1:]
    _write(load(Path(file)), int(seed), int(count), sys.stdout.buffer)


def _write(contract: Contract, seed: int, count: int, out: BinaryIO) -> None:
    from bothends.cases.fuzzing.making import cases_of  # noqa: PLC0415 -- likewise

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who reads ends this, or closes the pipe
    out.write(_head(contract, seed, count))
    unmade: tuple[NotProven, ...] = ()
    try:
        for number, case in enumerate(cases_of(contract, case_seed(seed), count, forking=True)):
            out.write(to_line(case) + b"\n")
            if not number % _CHUNK:
                out.flush()
    except UnmadeError as error:
        unmade = error.unmade
    out.write(_END + json.dumps([(one.what, one.why, one.where) for one in unmade]).encode() + b"\n")
    out.flush()
