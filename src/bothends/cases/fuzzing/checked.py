"""What Schemathesis' checks had nothing against, remembered from one run to the next.

A check is a function of a case and of its answer, and of nothing else. Most answers of a run are those of the run
before: of these, nothing has to be checked again, and Schemathesis need not be loaded, which takes half a second.
A target whose answers are wrong, or hold something new each time, has them checked in each run: that is remembered too,
so that Schemathesis is loaded while such a target starts.
"""

from __future__ import annotations

import contextlib
import os
from hashlib import blake2b
from typing import TYPE_CHECKING

from bothends.cases.fuzzing.source import forget_old, shaping_key

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract.model import Contract
    from bothends.records import Answer, Case

_SUFFIX = ".checked"
_NEEDED = ".needed"
_BYTES = 16
_MOST = 1 << 15
"""Answers that are remembered of a contract; of more, the latest."""


class Checked:
    """A set of cases and their answers, each as a digest."""

    def __init__(self, contract: Contract, folder: Path | None) -> None:
        """Read what earlier runs have found right.

        Args:
            contract: The contract.
            folder: Where it is kept; None: nothing is.
        """
        key = "" if folder is None else shaping_key(contract)
        self._file = None if folder is None else folder / f"{key}{_SUFFIX}"
        self._mark = None if folder is None else folder / f"{key}{_NEEDED}"
        self._marked = self._when_marked()
        self._known = dict.fromkeys(self._read())
        self._new: dict[bytes, None] = {}

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self._known)

    @property
    def needed(self) -> bool:
        """Whether the last run had to check answers, though others were known."""
        return self._marked is not None

    def __contains__(self, digest: bytes) -> bool:
        """Whether an answer was right, by its digest."""
        return digest in self._known or digest in self._new

    def add(self, digest: bytes) -> None:
        """Remember that an answer was right."""
        self._new[digest] = None

    def keep(self, *, needed: bool) -> None:
        """Write what is new, beside what others have written meanwhile.

        Args:
            needed: Whether the next run will have to check answers, too, as far as this one has seen.
        """
        with contextlib.suppress(OSError):  # costs time alone, as below
            self._keep_mark(needed=needed)
        if self._file is None or not self._new:
            return
        latest = list(dict.fromkeys((*self._read(), *self._new)))[-_MOST:]
        partial = self._file.with_name(f".{self._file.name}.{os.getpid()}.partial")
        with contextlib.suppress(OSError):  # costs time alone: the next run checks again
            self._file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(b"".join(latest))
            partial.replace(self._file)
            forget_old(self._file.parent, _SUFFIX)
        self._known.update(self._new)
        self._new.clear()

    def _keep_mark(self, *, needed: bool) -> None:
        if self._mark is None:
            return
        if needed:
            self._mark.parent.mkdir(parents=True, exist_ok=True)
            self._mark.write_bytes(b"")
            forget_old(self._mark.parent, _NEEDED)
        elif self._marked is not None and self._marked == self._when_marked():  # no other lane has set it meanwhile
            self._mark.unlink(missing_ok=True)

    def _when_marked(self) -> int | None:
        """Return when it was last set that answers have to be checked, ns; None: it is not."""
        try:
            return None if self._mark is None else self._mark.stat().st_mtime_ns
        except OSError:  # there is none
            return None

    def _read(self) -> list[bytes]:
        if self._file is None:
            return []
        try:
            data = self._file.read_bytes()
        except OSError:  # there is none yet
            return []
        return [] if len(data) % _BYTES else [data[at : at + _BYTES] for at in range(0, len(data), _BYTES)]


def digest_of(case: Case, answer: Answer) -> bytes:
    """Return what tells all that is checked of a case and its answer from that of others of the contract."""
    headers = [pair for pair in answer.headers if pair[0] != "date"]
    said = (case.operation, case.request, case.expect.server_error, case.origin)
    told = (answer.status, headers, answer.body, answer.size, answer.reason)
    return blake2b(repr((said, told)).encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
