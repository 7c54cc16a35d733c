"""Cases kept from one run to the next: one file for each key, one line for each case.

A file ends with a line that counts its cases and holds a digest of them. One that does not add up
(cut short, edited) is made anew. A file takes its name only when it is whole, so a run that is
interrupted, or two runs at once, never leave half a file under it.
"""

from __future__ import annotations

import json
import os
import tempfile
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bothends.cases.generated.case_rows import row_reader, to_row
from bothends.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.records import Case

FORMAT = 2
MOST_FILES = 8
SUFFIX = ".jsonl"


def kept(folder: Path, key: str, make: Callable[[], Iterator[Case]]) -> Iterator[Case]:
    """Yield cases from the folder; those that are not there are made, and kept once the last has been made.

    Memory does not grow with the number of cases.

    Args:
        folder: Made when it is not there.
        key: Names the file: what the cases depend on.
        make: Makes the cases.

    Raises:
        HarnessError: The folder can't be read or written.
    """
    file = folder / f"{key}{SUFFIX}"
    try:
        count = _whole(file)
        if count is None:
            yield from _making(folder, file, make())
        else:
            os.utime(file)
            yield from _reading(file, count)
    except OSError as error:
        raise HarnessError(
            f"The cases can't be kept in {folder}: {error.strerror or error}.",
            advice="make the folder writable, or remove it",
        ) from error


def _whole(file: Path) -> int | None:
    """Return how many cases a file holds; None when there is none, or when it does not add up."""
    state = blake2b(digest_size=16)
    count, last = 0, b""
    try:
        with file.open("rb") as stream:
            for line in stream:
                state.update(last)
                count, last = count + 1, line
    except FileNotFoundError:
        return None
    return count - 1 if last == _trailer(count - 1, state.hexdigest()) else None


def _reading(file: Path, count: int) -> Iterator[Case]:
    read = row_reader()
    with file.open("rb") as stream:
        for _ in range(count):
            yield read(stream.readline())


def _making(folder: Path, file: Path, cases: Iterator[Case]) -> Iterator[Case]:
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".making-")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield from _writing(stream, cases)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    _forget_old(folder)


def _writing(stream: BinaryIO, cases: Iterator[Case]) -> Iterator[Case]:
    state = blake2b(digest_size=16)
    count = 0
    for case in cases:
        line = to_row(case) + b"\n"
        stream.write(line)
        state.update(line)
        count += 1
        yield case
    stream.write(_trailer(count, state.hexdigest()))


def _trailer(count: int, digest: str) -> bytes:
    return json.dumps({"format": FORMAT, "cases": count, "digest": digest}).encode() + b"\n"


def _forget_old(folder: Path) -> None:
    """Remove all but the files that were used last."""
    files = sorted(folder.glob(f"*{SUFFIX}"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[MOST_FILES:]:
        file.unlink(missing_ok=True)
