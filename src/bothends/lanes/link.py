"""What a run and one of its lanes say to each other: JSON lines over a pair of sockets.

A lane says:                            the run says:
    ready     its target is ready           send     good requests, as the first
    made      what these have made          look     for what the first lane has made
    seen      of what is not its own        play     your part
    progress  how far it has come           stop     in an orderly way
    over      all is handed over

The end of the connection says the rest: a lane ends with its run, and a run learns that a lane has died.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

_LONGEST = 1 << 20


class Link:
    """One end of it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the streams of a socket."""
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, sock: socket.socket) -> Link:
        """Return the end that has a socket."""
        return cls(*await asyncio.open_connection(sock=sock, limit=_LONGEST))

    def say(self, what: str, value: Any = None) -> None:
        """Say something; to one who has gone, nothing is said."""
        if not self._writer.is_closing():
            self._writer.write(json.dumps([what, value]).encode() + b"\n")

    async def heard(self) -> tuple[str, Any]:
        """Return what is said next; an empty word when the other end has gone."""
        try:
            line = await self._reader.readline()
        except (OSError, ValueError):  # reset, or longer than any that is said
            line = b""
        if not line.endswith(b"\n"):
            return "", None
        what, value = json.loads(line)
        return str(what), value

    async def close(self) -> None:
        """Say what is still to be said, and close."""
        try:
            await self._writer.drain()
        except OSError:  # the other end has gone, and needs nothing any more
            return
        finally:
            self._writer.close()
