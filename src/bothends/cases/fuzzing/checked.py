"""What Schemathesis' checks had nothing against, remembered from one run to the next.

A check is a function of a case and of its answer, and of nothing else. Most answers of a run are those of the run
before: of these, nothing has to be checked again, and Schemathesis need not be loaded, which takes half a second.
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
        self._file = None if folder is None else folder / f"{shaping_key(contract)}{_SUFFIX}"
        self._known = dict.fromkeys(self._read())
        self._new: dict[bytes, None] = {}

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self._known)

    def __contains__(self, digest: bytes) -> bool:
        """Whether an answer was right, by its digest."""
        return digest in self._known or digest in self._new

    def add(self, digest: bytes) -> None:
        """Remember that an answer was right."""
        self._new[digest] = None

    def keep(self) -> None:
        """Write what is new, beside what others have written meanwhile."""
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
