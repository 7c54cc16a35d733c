"""What is fuzzed: a reader takes bytes as a user's file or a peer's socket has them, and there is what it may do then.

A reader may take the bytes, or refuse them with an error that is the user's to mend. All else is a crash: another
exception, an error that blames bothends or the target, too much time, too much memory.
"""

from __future__ import annotations

import hashlib
import resource
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.errors import BothendsError, ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.fuzzing.mutation import Mutation

MOST_BYTES = 64 << 10
"""Bytes of an input: of what is larger, few are read in a second."""
SLOW = 5.0
"""Seconds of the processor that an input may take."""
LARGE = 384 << 20
"""Bytes by which an input may make the most memory of the process grow."""
_OURS = ("/bothends/", "/fuzzing/")


@dataclass(frozen=True, slots=True)
class Reader:
    """One door of bothends.

    Attributes:
        name: What it is called on the command line.
        about: What it reads, in words.
        opened: Returns the function that reads bytes, told a folder that it may fill, and one that all share.
        seeds: Returns inputs to begin with, told the folder that all share.
        mutation: Changes an input in a way that leaves its form, as a rule.
        words: What the fuzzer puts into inputs.
    """

    name: str
    about: str
    opened: Callable[[Path, Path], Callable[[bytes], object]]
    seeds: Callable[[Path], Iterable[bytes]]
    mutation: Mutation
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Crash:
    """What a reader must not do.

    Attributes:
        place: What tells it from others: the exception, and the line that raised it.
        told: All that is known.
    """

    place: str
    told: str

    @property
    def name(self) -> str:
        """A name for a file."""
        return hashlib.blake2b(self.place.encode(), digest_size=6).hexdigest()


def crash_of(read: Callable[[bytes], object], data: bytes) -> Crash | None:
    """Return what is wrong with the way in which bytes are read; None: nothing is."""
    began, most = time.process_time(), _most_memory()
    try:
        read(data)
    except BothendsError as error:
        wrong = _wrongly_told(error)
        if wrong:
            return Crash(f"{wrong} at {_place(error)}", _traceback(error))
    except Exception as error:  # noqa: BLE001 -- that is what is looked for
        return Crash(f"{type(error).__name__} at {_place(error)}", _traceback(error))
    seconds, bytes_more = time.process_time() - began, _most_memory() - most
    if seconds > SLOW:
        return Crash("slow", f"It took {seconds:.1f} s.")
    if bytes_more > LARGE:
        return Crash("large", f"It took {bytes_more >> 20} MiB.")
    return None


def _wrongly_told(error: BothendsError) -> str:
    """Return what is wrong with an error; empty: nothing is."""
    if error.exit_code != ContractError.exit_code:
        return f"exit code {error.exit_code}"
    return "" if error.problem.strip() else "no words"


def _place(error: BaseException) -> str:
    """Return the innermost line of bothends, and the innermost line of all."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if any(part in frame.filename for part in _OURS)]
    lines = [ours[-1], frames[-1]] if ours else frames[-1:]
    return " in ".join(dict.fromkeys(f"{Path(line.filename).name}:{line.name}" for line in lines))


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(error, limit=-12))


def _most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def is_taken(read: Callable[[bytes], object], data: bytes) -> bool:
    """Return whether an input is read to its end, and not refused."""
    try:
        read(data)
    except BothendsError:
        return False
    return True


def cases_of(name: str) -> list[bytes]:
    """Return the inputs at which a reader once crashed, in the order of their names."""
    return [file.read_bytes() for file in sorted((Path(__file__).with_name("cases") / name).glob("*"))]


def words_of(name: str) -> list[str]:
    """Return the words of a file of `words/`, which the fuzzer puts into inputs."""
    return (Path(__file__).parent / "words" / f"{name}.txt").read_text("utf-8").split()
