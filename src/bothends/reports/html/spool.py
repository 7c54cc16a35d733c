"""Every exchange of a run, compressed as it comes, so that the harness's memory does not grow with their number.

There is an index, a line for each exchange, which the page reads whole to search it; and the details, in blocks
of which the page reads one when it is asked for. Both lie in temporary files until the run is over.
"""

from __future__ import annotations

import base64
import json
import tempfile
import zlib
from collections import Counter
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 256
"""Exchanges whose details lie in one block: small enough to be read at a click, large enough to compress well."""
MOST_BYTES = 12 * 1024 * 1024
"""Compressed bytes of details that are kept: with base64 and the index, the file stays under 20 MiB."""
EACH_FAMILY = 200
"""Exchanges of each family whose details are kept though half of those bytes are used."""
_CHUNK = 3 * 64 * 1024
"""Bytes that are written as base64 at once: a multiple of 3, so that the pieces make one text."""


class Spool:
    """Takes the rows of a run, and gives them back as base64 of raw deflate."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Open the temporary files.

        Args:
            most_bytes: Compressed bytes of details that are kept.
        """
        self._most_bytes = most_bytes
        self._index: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `close`
        self._packer = _packer()
        self._blocks: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- likewise
        self._open: list[str] = []
        self._sizes: list[int] = []
        self._used = 0
        self._families: Counter[str] = Counter()
        self.rows = 0
        self.left_out = 0

    def wants_details(self, family: str, *, broken: bool) -> bool:
        """Return whether there is room for the details of an exchange of a family; what breaks a law comes first."""
        used = self._used
        if used >= self._most_bytes:
            return False
        return used < self._most_bytes / 2 or broken or self._families[family] < EACH_FAMILY

    def add(self, family: str, row: list[Any], details: Any) -> None:
        """Take one exchange.

        Args:
            family: The family of its case.
            row: What the list shows of it, and the search looks through.
            details: What is shown when it is opened; None: they are left out.
        """
        self._index.write(self._packer.compress(_line(row).encode() + b"\n"))
        self._open.append(_line(details))
        self._families[family] += 1
        self.rows += 1
        self.left_out += details is None
        if len(self._open) == BLOCK:
            self._close_block()

    def index(self) -> Iterator[bytes]:
        """Yield the index, piece by piece; no row can be added afterwards."""
        self._index.write(self._packer.flush())
        self._index.seek(0)
        while chunk := self._index.read(_CHUNK):
            yield base64.b64encode(chunk)

    def blocks(self) -> Iterator[bytes]:
        """Yield the blocks."""
        if self._open:
            self._close_block()
        self._blocks.seek(0)
        for size in self._sizes:
            yield base64.b64encode(self._blocks.read(size))

    def close(self) -> None:
        """Let the temporary files go."""
        self._index.close()
        self._blocks.close()

    def _close_block(self) -> None:
        packer = _packer()
        block = packer.compress("\n".join(self._open).encode()) + packer.flush()
        self._blocks.write(block)
        self._sizes.append(len(block))
        self._used += len(block)
        self._open.clear()


def _packer() -> zlib._Compress:
    return zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)


def _line(value: Any) -> str:
    """Return a value as one line; lone surrogates are JSON's own escapes."""
    return json.dumps(value, separators=(",", ":"))
