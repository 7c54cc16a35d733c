"""Lines between processes: an address, a tab, and a message as JSON; over pipes, in order.

An address says to whom a line goes. A process that only passes lines on reads the address and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from bothends.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE = ""
"""The address of the process at the other end of the pipe."""
HUB = "hub"
"""The address of the hub, for a companion."""
LONGEST_LINE = 1 << 28
"""Bytes of a line that are read: a block of callers, or what a companion has found."""


def line(address: str, message: dict[str, Any]) -> bytes:
    """Return a message as a line; what a message is stands first in it, in its member `is`."""
    return f"{address}\t{json.dumps(message, separators=(',', ':'))}\n".encode()


def parted(text: str) -> tuple[str, str]:
    """Return the address of a line, and its message as text."""
    address, _, message = text.partition("\t")
    return address, message


def is_a(kind: str, message: str) -> bool:
    """Return whether a message, as text, is of a kind: it is not read for that."""
    return message.startswith(f'{{"is":"{kind}"')


class Lines:
    """The two pipes of a process, its standard input and output, for lines; nothing else is written to them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take two ends of pipes."""
        self._reader = reader
        self._writer = writer

    @classmethod
    async def of_this_process(cls) -> Lines:
        """Return those of this process. What is printed from now on goes to standard error."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        out = os.dup(sys.stdout.fileno())
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        given = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), given)
        transport, protocol = await loop.connect_write_pipe(
            lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), os.fdopen(out, "wb")
        )
        return cls(reader, asyncio.StreamWriter(transport, protocol, None, loop))

    async def read(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield each message with its address, until the other end has gone.

        Raises:
            HarnessError: A line is no message.
        """
        while text := await self._reader.readline():
            if not text.endswith(b"\n"):
                return  # the other end has gone in the middle of a line
            address, message = parted(text.decode())
            try:
                yield address, json.loads(message)
            except ValueError as error:
                raise HarnessError("A line between the processes of a soak is no message") from error

    def write(self, address: str, message: dict[str, Any]) -> None:
        """Write a message; what the other end has not read yet is kept."""
        if not self._writer.is_closing():
            self._writer.write(line(address, message))

    async def drain(self) -> None:
        """Wait until most of what was written is read, or the other end is gone; if it goes now: `ConnectionError`."""
        if not self._writer.is_closing():
            await self._writer.drain()

    async def close(self) -> None:
        """Let the other end read what was written, and close."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:  # it has gone: nobody is left to read
            return
