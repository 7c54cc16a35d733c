"""Cases kept from one run to the next: one file for each key, one line for each case.

A file ends with a line that counts its cases, has what could not be made, and holds a digest of both. One that does not
add up (cut short, edited) is made anew. A file takes its name only when it is whole, so a run that is interrupted, or
two runs at once, never leave half a file under it.

A process of its own writes a file that others read while it grows (see `maker`). It holds that file locked, to its own
end: so a file that has no last line and grows no more is told from one that will.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from bothends.cases.fuzzing.unmade import UnmadeError, not_made
from bothends.errors import MachineError
from bothends.records import Case, Coder, Coders, NothingHidden

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Generator, Iterator

    from bothends.records import Expectation, NotProven

    Unmade = tuple[NotProven, ...]

FORMAT = 6
MOST_FILES = 8
MOST_BYTES = 256 << 20
"""What the files may take together, but for the one that was used last."""
SUFFIX = ".jsonl"
GROWING = ".making"
_CHUNK = 16
"""Cases that a process makes before those who read along may see them."""
_LOOK_SECONDS = 0.01
_LAST = b'{"format": '
"""How the last line begins. No case does: there is no space in its line."""


@cache
def _coder() -> Coder:
    return Coders().of(Case)


def to_line(case: Case) -> bytes:
    """Return a case as one line of JSON, without the line's end."""
    text = json.dumps(_coder().write(case, NothingHidden()), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def line_reader() -> Callable[[bytes], Case]:
    """Return what makes cases of lines. An expectation that many cases share is held once."""
    shared: dict[Expectation, Expectation] = {}

    def read(line: bytes) -> Case:
        case: Case = _coder().read(json.loads(line.decode("utf-8", "surrogatepass")))
        return replace(case, expect=shared.setdefault(case.expect, case.expect))

    return read


def cached(
    folder: Path, key: str, make: Callable[[], Iterator[Case]], *, over: threading.Event | None = None
) -> Iterator[Case]:
    """Yield cases from the folder; those that are not there are made, and kept once the last has been made.

    Memory does not grow with the number of cases.

    Args:
        folder: Made when it is not there.
        key: Names the file: what the cases depend on.
        make: Makes the cases, the same each time.
        over: Set, when nobody wants those any more that a process has not made.

    Raises:
        MachineError: The folder can't be read or written.
        UnmadeError: When all are yielded that can be made: there are others.
    """
    file = folder / f"{key}{SUFFIX}"
    try:
        if is_whole(file):
            os.utime(file, ns=(time.time_ns(), file.stat().st_mtime_ns))  # used now; made when it was made
            yield from _reading(file)
        elif (growing := _opened(folder / f"{key}{GROWING}")) is not None:
            with growing:
                yield from _reading_along(growing, make, over)
        else:
            yield from _making(folder, file, make())
    except OSError as error:
        raise MachineError(
            f"The cases can't be stored in {folder}: {error.strerror or error}.",
            advice="Make the folder writable, or remove it",
        ) from error


def is_whole(file: Path) -> bool:
    """Return whether a file is there, and adds up."""
    state = blake2b(digest_size=16)
    count, last = 0, b""
    try:
        with file.open("rb") as stream:
            for line in stream:
                state.update(last)
                count, last = count + 1, line
        said = json.loads(last) if last.startswith(_LAST) and last.endswith(b"\n") else {}
    except (FileNotFoundError, ValueError, RecursionError):
        return False
    state.update(_as_bytes(said.get("unmade")))
    return (said.get("format"), said.get("cases"), said.get("digest")) == (FORMAT, count - 1, state.hexdigest())


def _as_bytes(unmade: Any) -> bytes:
    """Return what could not be made, for the digest: nobody holds it to a schema when it is read."""
    return json.dumps(unmade).encode()


def _reading(file: Path) -> Iterator[Case]:
    read = line_reader()
    with file.open("rb") as stream:
        for line in stream:
            if line.startswith(_LAST):
                _raise_unmade(line)
            else:
                yield read(line)


def _raise_unmade(last: bytes) -> None:
    if unmade := json.loads(last)["unmade"]:
        raise UnmadeError(tuple(not_made(*one) for one in unmade))


def _opened(growing: Path) -> BinaryIO | None:
    """Open a file that a process writes; None: there is none, or the process has ended."""
    try:
        stream = growing.open("rb")
    except FileNotFoundError:
        return None
    if is_locked(stream):
        return stream
    stream.close()
    return None


def is_locked(stream: BinaryIO) -> bool:
    """Return whether another process holds a file locked."""
    try:
        fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(stream, fcntl.LOCK_UN)
    return False


def _reading_along(
    stream: BinaryIO, make: Callable[[], Iterator[Case]], over: threading.Event | None
) -> Iterator[Case]:
    """Yield what a process writes; what it did not make to its end is made here: it is the same."""
    read, made, ended = line_reader(), 0, False
    while True:
        line = stream.readline()
        if line.startswith(_LAST) and line.endswith(b"\n"):
            _raise_unmade(line)
            return
        if line.endswith(b"\n"):
            yield read(line)
            made += 1
            continue
        stream.seek(-len(line), os.SEEK_CUR)
        if ended:
            break
        ended = not is_locked(stream)  # what it wrote last may have come since
        if not ended:
            time.sleep(_LOOK_SECONDS)
    if over is None or not over.is_set():
        yield from islice(make(), made, None)


def _making(folder: Path, file: Path, cases: Iterator[Case]) -> Iterator[Case]:
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".made-here-")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            unmade = yield from writing(stream, cases)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    forget_old(folder)
    if unmade:
        raise UnmadeError(unmade)


def writing(stream: BinaryIO, cases: Iterator[Case]) -> Generator[Case, None, Unmade]:
    """Write cases as they are drawn; return what could not be made.

    Args:
        stream: Where they are written.
        cases: What makes them.

    Yields:
        Each case, when it is written.
    """
    state = blake2b(digest_size=16)
    count = 0
    unmade: Unmade = ()
    try:
        for case in cases:
            line = to_line(case) + b"\n"
            stream.write(line)
            if not count % _CHUNK:
                stream.flush()
            state.update(line)
            count += 1
            yield case
    except UnmadeError as error:
        unmade = error.unmade
    told = [(one.what, one.why, one.where) for one in unmade]
    state.update(_as_bytes(told))
    last = {"format": FORMAT, "cases": count, "digest": state.hexdigest(), "unmade": told}
    stream.write(json.dumps(last).encode() + b"\n")
    return unmade


def forget_old(folder: Path) -> None:
    """Remove all but the files that were used last, as many as may be kept and no more than they may take.

    Raises:
        OSError: The folder can't be read or written.
    """
    found = [(file, file.stat()) for file in folder.glob(f"*{SUFFIX}")]
    found.sort(key=lambda one: max(one[1].st_atime, one[1].st_mtime), reverse=True)
    taken = 0
    for number, (file, known) in enumerate(found):
        taken += known.st_size
        if number >= MOST_FILES or (number and taken > MOST_BYTES):
            file.unlink(missing_ok=True)
