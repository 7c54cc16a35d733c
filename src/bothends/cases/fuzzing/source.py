"""All generated cases of a contract: from the cache when they were made before, else made anew.

They depend on the contract and on the lower bits of the run's seed, and on nothing else. A run that is given no seed
takes those bits from the cases that are kept of its contract, for a day; the others are its own. So its test users and
unique values are new, nothing has to be made, and its seed still says which cases they were.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
import time
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bothends.errors import MachineError
from bothends.installed import version_of
from bothends.records import case_from_json, case_to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.contract.model import Contract
    from bothends.records import Case, Expectation


def to_line(case: Case) -> bytes:
    """Return a case as one line of JSON, without the line's end."""
    text = json.dumps(case_to_json(case), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def line_reader() -> Callable[[bytes], Case]:
    """Return what makes cases of lines. An expectation that many cases share is held once."""
    shared: dict[Expectation, Expectation] = {}

    def read(line: bytes) -> Case:
        case = case_from_json(json.loads(line.decode("utf-8", "surrogatepass")))
        return replace(case, expect=shared.setdefault(case.expect, case.expect))

    return read


# Cases kept from one run to the next: one file for each key, one line for each case.
#
# A file ends with a line that counts its cases and holds a digest of them. One that does not add up
# (cut short, edited) is made anew. A file takes its name only when it is whole, so a run that is
# interrupted, or two runs at once, never leave half a file under it.

FORMAT = 3
MOST_FILES = 8
MOST_BYTES = 256 << 20
"""What the files may take together, but for the one that was used last."""
SUFFIX = ".jsonl"


def cached(folder: Path, key: str, make: Callable[[], Iterator[Case]]) -> Iterator[Case]:
    """Yield cases from the folder; those that are not there are made, and kept once the last has been made.

    Memory does not grow with the number of cases.

    Args:
        folder: Made when it is not there.
        key: Names the file: what the cases depend on.
        make: Makes the cases.

    Raises:
        MachineError: The folder can't be read or written.
    """
    file = folder / f"{key}{SUFFIX}"
    try:
        count = _whole(file)
        if count is None:
            yield from _making(folder, file, make())
        else:
            os.utime(file, ns=(time.time_ns(), file.stat().st_mtime_ns))  # used now; made when it was made
            yield from _reading(file, count)
    except OSError as error:
        raise MachineError(
            f"The cases can't be stored in {folder}: {error.strerror or error}.",
            advice="Make the folder writable, or remove it",
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
    read = line_reader()
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
    forget_old(folder, SUFFIX)


def _writing(stream: BinaryIO, cases: Iterator[Case]) -> Iterator[Case]:
    state = blake2b(digest_size=16)
    count = 0
    for case in cases:
        line = to_line(case) + b"\n"
        stream.write(line)
        state.update(line)
        count += 1
        yield case
    stream.write(_trailer(count, state.hexdigest()))


def _trailer(count: int, digest: str) -> bytes:
    return json.dumps({"format": FORMAT, "cases": count, "digest": digest}).encode() + b"\n"


def forget_old(folder: Path, suffix: str) -> None:
    """Remove all but the files that were used last, as many as may be kept and no more than they may take.

    Args:
        folder: Where they are.
        suffix: The end of their names.

    Raises:
        OSError: The folder can't be read or written.
    """
    found = [(file, file.stat()) for file in folder.glob(f"*{suffix}")]
    found.sort(key=lambda one: max(one[1].st_atime, one[1].st_mtime), reverse=True)
    taken = 0
    for number, (file, known) in enumerate(found):
        taken += known.st_size
        if number >= MOST_FILES or (number and taken > MOST_BYTES):
            file.unlink(missing_ok=True)


# The seed of a run that is given none: 52 bits, which a number of JSON holds in every language.

CASE_BITS = 20
"""The lower bits of a seed: the generated cases depend on these alone."""
_OWN_BITS = 32
FRESH_SECONDS = 24 * 3600.0
"""How long cases are taken again by runs without a seed: others may find something else."""


def new_seed(contract: Contract, *, count: int, folder: Path) -> int:
    """Return a seed for a run that is given none: one whose cases are kept, if there are such.

    Args:
        contract: The contract.
        count: Fuzzed cases in all, at most.
        folder: Where the cases are kept.
    """
    prefix, now = f"{shaping_key(contract, count)}-", time.time()
    found = [(file.stat().st_mtime, file.stem.removeprefix(prefix)) for file in folder.glob(f"{prefix}*{SUFFIX}")]
    fresh = [(when, seed) for when, seed in found if seed.isdecimal() and 0 <= now - when < FRESH_SECONDS]
    lower = int(max(fresh)[1]) if fresh else secrets.randbits(CASE_BITS)
    return secrets.randbits(_OWN_BITS) << CASE_BITS | case_seed(lower)


def case_seed(seed: int) -> int:
    """Return the lower bits of a seed."""
    return seed % (1 << CASE_BITS)


def name_of_cases(contract: Contract, seed: int, count: int) -> str:
    """Return what tells cases from others: the name of their file, without its end."""
    return f"{shaping_key(contract, count)}-{case_seed(seed)}"


_SHAPING = ("bothends.cases.families", "bothends.cases.fuzzing", "bothends.contract", "bothends.records")


def generated(
    contract: Contract,
    *,
    seed: int,
    count: int,
    folder: Path | None,
    make: Callable[[], Iterator[Case]] | None = None,
) -> Iterator[Case]:
    """Yield the cases of the families `coverage`, `fuzz-valid` and `fuzz-invalid`.

    Args:
        contract: The contract.
        seed: The run's seed.
        count: Fuzzed cases in all, at most: shared between the operations, half valid and half not.
        folder: Where the cases are kept for the next run; None: nowhere.
        make: What makes those that are not kept; None: they are made here.

    Raises:
        ContractError: Schemathesis can't load the spec.
        MachineError: The folder can't be written.
        UnmadeError: When all are yielded that Schemathesis can make: there are others.
    """
    make = make or (lambda: made_here(contract, seed, count))
    if folder is None:
        yield from make()
    else:
        yield from cached(folder, name_of_cases(contract, seed, count), make)


def is_cached(contract: Contract, *, seed: int, count: int, folder: Path) -> bool:
    """Return whether `generated` would read the cases, and need not make them."""
    return (folder / f"{name_of_cases(contract, seed, count)}{SUFFIX}").exists()


def lock_file(contract: Contract, *, seed: int, count: int, folder: Path) -> Path:
    """Return the file that who makes the cases ahead holds locked, so that nobody else makes the same."""
    return folder / f"{name_of_cases(contract, seed, count)}.lock"


def warm_up() -> None:
    """Import what generates and checks, some tenths of a second's work: to be called while something else starts."""
    from bothends.cases.fuzzing import schemathesis_bridge  # noqa: F401, PLC0415 -- the import is the purpose


def warm_up_checks() -> None:
    """Import what else checks answers, a quarter of a second's work: to be called while nothing is under way."""
    import schemathesis.specs.openapi.schemas  # noqa: F401, PLC0415 -- the import is the purpose


def made_here(contract: Contract, seed: int, count: int) -> Iterator[Case]:
    """Make the generated cases, in this process; arguments and errors are those of `generated`."""
    from bothends.cases.fuzzing.making import cases_of  # noqa: PLC0415 -- costs half a second: only when needed

    return cases_of(contract, case_seed(seed), count)


@cache
def _code_digest() -> str:
    """Return a digest of the code that shapes cases: within one version, a developer changes it."""
    state = blake2b(digest_size=8)
    for package in _SHAPING:
        for file in sorted(files(package).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".py"):
                state.update(file.read_bytes())
    return state.hexdigest()


def shaping_key(contract: Contract, *more: int) -> str:
    """Return what tells a contract, and all that shapes cases of it and checks their answers, as a part of a name."""
    parts = [
        FORMAT,
        contract.digest,
        [operation.id for operation in contract.operations],
        *more,
        version_of("bothends"),
        _code_digest(),
        version_of("schemathesis"),
        version_of("hypothesis"),
        sys.version_info[:2],
    ]
    return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()
