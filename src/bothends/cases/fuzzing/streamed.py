"""Generated cases made by a process of their own, and played as they come.

Where nothing else is played before them, nothing is won by waiting until the last is made. So a run reads them while
they are made: the one process draws cases, the other sends them and judges what comes of them.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cases.fuzzing.source import (
    UnmadeError,
    is_cached,
    line_reader,
    made_here,
    name_of_cases,
    not_made,
    to_line,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.contract.model import Contract
    from bothends.records import Case, NotProven

LEAST = 200
"""Cases from which on a process of their own is worth its start."""

_CHUNK = 16
_END = b"="


@contextlib.contextmanager
def streamed(
    contract: Contract, *, seed: int, count: int, folder: Path
) -> Iterator[Callable[[], Iterator[Case]] | None]:
    """Begin to make the generated cases in a process of their own, unless they are kept already, or are few.

    Args:
        contract: The contract.
        seed: The run's seed.
        count: Fuzzed cases in all, at most.
        folder: Where the cases are kept.

    Yields:
        What yields the cases once, as `source.made_here` does; None: they are to be made by who reads them.
    """
    file = contract.settings.file
    if count < LEAST or is_cached(contract, seed=seed, count=count, folder=folder) or not file.is_file():
        yield None
        return
    process = subprocess.Popen(  # noqa: S603 -- this interpreter, and a file that was read already
        [*(sys.executable, "-P", "-c", f"from {__name__} import main; main()"), str(file), str(seed), str(count)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield lambda: _cases(process, contract, seed, count)
    finally:
        process.kill()
        process.communicate()


def _cases(process: subprocess.Popen[bytes], contract: Contract, seed: int, count: int) -> Iterator[Case]:
    """Yield what a process has made; what it could not make, or not to its end, is made here: it is the same.

    Raises:
        ContractError: As `made_here`.
        UnmadeError: Likewise.
    """
    made, read, lines = 0, line_reader(), process.stdout or iter(())
    if next(lines, b"") == _head(contract, seed, count):
        for line in lines:
            if line.startswith(_END):
                if unmade := json.loads(line[len(_END) :]):
                    raise UnmadeError(tuple(not_made(*one) for one in unmade))
                return
            if line.endswith(b"\n"):
                yield read(line)
                made += 1
    yield from islice(made_here(contract, seed, count), made, None)


def _head(contract: Contract, seed: int, count: int) -> bytes:
    """Return the first line: which cases they are."""
    return f"{name_of_cases(contract, seed, count)}\n".encode()


def main() -> None:
    """Write the cases of a settings file, a seed and a number to standard output."""
    from bothends.contract import load  # noqa: PLC0415 -- the process that plays has its contract already

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who reads ends this, or closes the pipe
    file, seed, count = sys.argv[1:]
    contract = load(Path(file))
    out = sys.stdout.buffer
    out.write(_head(contract, int(seed), int(count)))
    unmade: tuple[NotProven, ...] = ()
    try:
        for number, case in enumerate(made_here(contract, int(seed), int(count))):
            out.write(to_line(case) + b"\n")
            if not number % _CHUNK:
                out.flush()
    except UnmadeError as error:
        unmade = error.unmade
    out.write(_END + json.dumps([(one.what, one.why, one.where) for one in unmade]).encode() + b"\n")
    out.flush()
