"""What hostile targets share: they listen on `PORT`, and do to each request what one coroutine does."""

import asyncio
import os
import re
import socket
import struct

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LINGER_RESET = struct.pack("ii", 1, 0)


async def read_request(reader):
    """Read a request with its body; empty at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        return head + (await reader.readexactly(int(length[1])) if length else b"")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        return b""


def reset(writer):
    """Close at once, with RST."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
    writer.transport.abort()


def run(visit):
    """Serve until the process is ended.

    Args:
        visit: Does what is to be done on a connection, given its reader and its writer.
    """

    async def guarded(reader, writer):
        try:
            await visit(reader, writer)
        except ConnectionError:
            pass  # the client has had enough
        finally:
            writer.close()

    async def main():
        server = await asyncio.start_server(guarded, "127.0.0.1", int(os.environ["PORT"]), backlog=1024)
        await server.serve_forever()

    asyncio.run(main())


def run_answering(answer):
    """Serve requests of which each gets what one coroutine writes.

    Args:
        answer: Writes an answer, given the writer and the request's bytes.
    """

    async def visit(reader, writer):
        while request := await read_request(reader):
            await answer(writer, request)

    run(visit)
