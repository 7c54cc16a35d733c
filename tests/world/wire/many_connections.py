"""A process with so many files of its own: a hard limit that was lowered can't be raised again.

python -m tests.world.wire.many_connections LIMIT KEPT
"""

from __future__ import annotations

import asyncio
import resource
import sys

from tests.world.wire.test_listener import started

_MORE = 44


async def _main(kept: int) -> None:
    listener = await started()
    opened = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(kept + _MORE)]
    reader, writer = opened[-1]
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    assert b"HTTP/1.1 200 OK\r\n" == await reader.readline()
    ended = [await asyncio.wait_for(one.read(), 5.0) for one, _ in opened[:_MORE]]
    assert [b""] * _MORE == ended
    assert not opened[_MORE][0].at_eof()
    assert [] == listener.failures
    await listener.stop()
    sys.stdout.write("room for one more\n")


if __name__ == "__main__":
    limit, most = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    asyncio.run(_main(most))
