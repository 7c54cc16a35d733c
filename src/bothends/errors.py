"""What can go wrong with a run, and whose fault it is.

    BothendsError
    ├── ContractError   the contract or the command line is wrong (exit code 2)
    ├── TargetError     the target could not be started, reached, or died (exit code 3)
    └── HarnessError    bothends itself failed (exit code 5)
        └── MachineError    this machine is in the way, and the user can mend it (exit code 2)

What a target *answers* never raises one of these: a broken law is a finding, which is a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file.

    Attributes:
        file: The file, as the user named it.
        pointer: JSON pointer (RFC 6901) or dotted TOML key; empty for the whole file.
        line: Line, starting at 1; None when it is not known.
    """

    file: Path
    pointer: str = ""
    line: int | None = None

    def __str__(self) -> str:
        """Return `file:line pointer`, with what is known."""
        place = str(self.file) if self.line is None else f"{self.file}:{self.line}"
        return f"{place} {self.pointer}" if self.pointer else place


class BothendsError(Exception):
    """The root of all errors that bothends raises on purpose."""

    exit_code: ClassVar[int] = 5
    fault: ClassVar[str] = "harness"

    def __init__(self, problem: str, *, where: Location | None = None, expected: str = "", advice: str = "") -> None:
        """Say what is wrong, in one sentence, where, what was expected, and what to do next."""
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.expected = expected
        self.advice = advice

    def __str__(self) -> str:
        """Return the message as lines: place and problem, then what was expected, then what to do."""
        lines = [self.problem if self.where is None else f"{self.where}: {self.problem}"]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.advice:
            lines.append(f"  next: {self.advice}")
        return "\n".join(lines)


class ContractError(BothendsError):
    """The contract, the settings or the call is wrong: the user can fix it."""

    exit_code: ClassVar[int] = 2
    fault: ClassVar[str] = "contract"


class TargetError(BothendsError):
    """The target could not be started or reached, or it died."""

    exit_code: ClassVar[int] = 3
    fault: ClassVar[str] = "target"


class HarnessError(BothendsError):
    """Bothends itself failed."""


class LawCrashedError(Exception):
    """A law raised: an outcome of its own, the harness's fault, never a kept law."""


class MachineError(HarnessError):
    """This machine is in the way: a port in use, a full disk, a folder that can't be written. The user can mend it."""

    exit_code: ClassVar[int] = 2
    fault: ClassVar[str] = "machine"


class LeftBehindWarning(UserWarning):
    """What a target has started, and that left its process group, goes on after its end: a person may want to end it.

    A program that uses bothends as a library meets it as any warning of Python's.
    """


_ADVICE = {
    "EACCES": "Make it accessible for this user.",
    "EADDRINUSE": "Stop the program that uses the port.",
    "EDQUOT": "Free some disk space.",
    "EFBIG": "Raise the limit of file sizes (`ulimit -f`).",
    "ELOOP": "Change the symbolic link: it leads to itself.",
    "EMFILE": "Raise the limit of open files (`ulimit -n`).",
    "ENAMETOOLONG": "Give it a shorter name.",
    "ENFILE": "Close some programs: the system has no file left to open.",
    "ENOSPC": "Free some disk space.",
    "EPERM": "Make it accessible for this user.",
    "EROFS": "Let bothends write elsewhere: --state DIR.",
    "EIO": "Check the disk.",
    "ENOMEM": "Free some memory.",
    "EAGAIN": "Raise the limit of processes (`ulimit -u`).",
}
"""What to do about what the system says of its own limits, by the names of errno(3)."""


def by_the_machine(error: BaseException) -> MachineError | None:
    """Return an error of the system as one that the user can mend; None: it is no such error."""
    import errno  # noqa: PLC0415 -- keeps start-up short

    name = errno.errorcode.get(error.errno or 0, "") if isinstance(error, OSError) else ""
    if isinstance(error, MemoryError):
        name = "ENOMEM"
    if name not in _ADVICE:
        return None
    file = getattr(error, "filename", None)
    about = f"{file}: " if isinstance(file, str) else ""
    said = getattr(error, "strerror", None) or "Out of memory"
    return MachineError(f"{about}{said}.", advice=_ADVICE[name])


# Advice for a word that nobody knows: what it may have been meant to be.


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `Did you mean 'x'?`, or an empty string when nothing known is near."""
    from difflib import get_close_matches  # noqa: PLC0415 -- keeps start-up short

    by_fold: dict[str, str] = {}
    for name in known:
        by_fold.setdefault(name.casefold(), name)
    near = get_close_matches(word.casefold(), list(by_fold), n=1, cutoff=0.6)
    return f"Did you mean '{by_fold[near[0]]}'?" if near else ""


def one_of(known: Iterable[str]) -> str:
    """Return `one of a, b, c`; `nothing` when nothing is known."""
    names = list(known)
    if len(names) > 1:
        return f"one of {', '.join(names)}"
    return names[0] if names else "nothing"
