"""A hostile target: its answers come a byte at a time, the head (`head`) or the body (`body`), and never end."""

import asyncio
import sys

from tests.hostile.targets.serving import run_answering

_HEADS = {
    "head": b"HTTP/1.1 200 OK\r\nX-Slow: ",
    "body": b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"success":"',
}


async def _answer(writer, _request):
    writer.write(_HEADS[sys.argv[1]])
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.05)


run_answering(_answer)
