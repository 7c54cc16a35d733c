"""What a launched target writes: kept in a file of bounded size, its end kept at hand."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import BinaryIO

LOG_LIMIT = 8 << 20
_TAIL = 1 << 16
_LONGEST_LINE = 400
_MASK = "***"
_LEAST = 3
"""A secret shorter than this hides nothing: `a` is in every line."""
# ECMA-48: control sequences (colours, cursor), then operating system commands (titles, links).
_SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?")
# Other control characters, and those that turn the direction of writing.
_HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class BoundedLog:
    """Takes all that a target writes; keeps the beginning in a file, and the end.

    The file is cut at its limit; when the log is closed, the end is added to it. A file that can't be
    written (a full disk) stops nothing: the end is kept all the same, and says so.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, *, limit: int = LOG_LIMIT, hide: Sequence[str] = (), append: bool = False) -> None:
        """Open the file, and make its folder if there is none.

        Args:
            path: The file.
            limit: Most bytes of the file, but for the end that is added.
            hide: Secrets that `tail` replaces by `***`; the file has them.
            append: Whether what is in the file stays.

        Raises:
            OSError: The file can't be opened.
        """
        self.path = path
        self._limit = limit
        self._hide = sorted((secret for secret in hide if len(secret) >= _LEAST), key=len, reverse=True)
        self._written = 0
        self._taken = 0
        self._end: deque[bytes] = deque()
        self._end_size = 0
        self._trouble = ""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO | None = path.open("ab" if append else "wb", buffering=0)

    def write(self, data: bytes) -> None:
        """Take what the target has written."""
        self._taken += len(data)
        self._end.append(data)
        self._end_size += len(data)
        while self._end_size - len(self._end[0]) >= _TAIL:
            self._end_size -= len(self._end.popleft())
        kept = data[: self._limit - self._written]
        self._written += len(kept)
        self._put(kept)

    def close(self) -> None:
        """Add the end to a file that was cut, and close it."""
        left_out = self._taken - self._written
        if left_out:
            end = b"".join(self._end)[-_TAIL:][-left_out:]
            self._put(b"\n[bothends: %d bytes left out here]\n%b" % (left_out - len(end), end))
        if self._file is not None:
            self._file.close()
            self._file = None

    def tail(self, lines: int = 20) -> list[str]:
        """Return the last lines, harmless to print: no control characters, no secrets, no endless line."""
        end = b"".join(self._end)[-_TAIL:]
        if self._taken > len(end):  # what is left of the first line may be what is left of a secret
            end = end.partition(b"\n")[2]
        text = end.decode("utf-8", "replace")
        for secret in self._hide:
            text = text.replace(secret, _MASK)
        text = _SEQUENCES.sub("", text.replace("\r\n", "\n"))
        shown = [_harmless(line) for line in text.split("\n") if line.strip()]
        if self._trouble:
            shown.append(f"[bothends: the log file could not be written: {self._trouble}]")
        return shown[-lines:] if lines > 0 else []

    def _put(self, data: bytes) -> None:
        if self._file is None or not data:
            return
        try:
            self._file.write(data)
        except OSError as error:
            self._trouble = str(error)
            self._file.close()
            self._file = None


def _harmless(line: str) -> str:
    safe = _HARMFUL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), line)
    return safe if len(safe) <= _LONGEST_LINE else f"{safe[:_LONGEST_LINE]}…"
