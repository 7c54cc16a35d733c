"""Bodies in chunks (RFC 9112, section 7.1), read by the letter."""

from __future__ import annotations

import re

from bothends.mock.wire.head import BODY_LIMIT, HEAD_LIMIT, RefusedError

# Digits, then perhaps extensions; a bare CR or LF ends no line.
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*")


class Chunks:
    """Reads chunks from bytes as they come.

    Attributes:
        body: What has been read so far.
        overrun: Whether there was more than is kept; the rest is read and dropped.
    """

    def __init__(self) -> None:
        self.body = bytearray()
        self.overrun = False
        self._left = -1  # of the chunk that is being read; -1: a size comes next, -2: trailers
        self._framing = 0

    def feed(self, data: bytearray) -> bool:
        """Take bytes from the beginning of the data; return whether the last chunk and its trailers were read.

        Raises:
            RefusedError: They are no chunks.
        """
        while data:
            if self._left > 0:
                taken = min(self._left, len(data))
                self._keep(data[:taken])
                del data[:taken]
                self._left -= taken
                continue
            end = data.find(b"\r\n")
            if end < 0:
                if len(data) > HEAD_LIMIT:
                    raise RefusedError(400, "a chunk's line is too long")
                return False
            line = bytes(data[:end])
            if self._left == 0:
                if line:
                    raise RefusedError(400, "a chunk is longer than its size")
                self._left = -1
            elif self._left == -1:
                self._left = self._size(line)
            elif not line:
                del data[: end + 2]
                return True
            elif _TRAILER.fullmatch(line) is None:
                raise RefusedError(400, "a trailer is malformed")
            else:
                self._count(len(line))
            del data[: end + 2]
        return False

    def _size(self, line: bytes) -> int:
        match = _SIZE.fullmatch(line)
        if match is None:
            raise RefusedError(400, "a chunk's size is malformed")
        self._count(len(line) - len(match[1]))
        return int(match[1], 16) or -2

    def _count(self, framing: int) -> None:
        self._framing += framing
        if self._framing > HEAD_LIMIT * 2:
            raise RefusedError(400, "extensions of chunks, or trailers, without end")

    def _keep(self, part: bytearray) -> None:
        room = BODY_LIMIT - len(self.body)
        self.overrun = self.overrun or len(part) > room
        self.body += part[:room]
