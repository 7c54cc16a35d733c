"""A hostile target: bodies without end (`endless`), in chunks without end (`chunks`), or of a size: `1073741824`."""

import sys

from tests.hostile.targets.serving import run_answering

SORT = sys.argv[1]
_BLOCK = b"\n" * 65_536
_FRAMING = {"endless": b"", "chunks": b"Transfer-Encoding: chunked\r\n"}


async def _answer(writer, _request):
    framing = _FRAMING.get(SORT, b"Content-Length: " + SORT.encode() + b"\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + framing + b"\r\n")
    left = int(SORT) if SORT.isdigit() else sys.maxsize
    while left:
        block = _BLOCK[:left]
        left -= len(block)
        writer.write(b"10000\r\n" + block + b"\r\n" if SORT == "chunks" else block)
        await writer.drain()


run_answering(_answer)
