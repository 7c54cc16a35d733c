"""A hostile target: its answers have headers without end; with `interim`, interim responses without end."""

import sys

from tests.hostile.targets.serving import run_answering

_PIECE = b"HTTP/1.1 100 Continue\r\n\r\n" if "interim" in sys.argv else b"X-More: and more, and more, and more\r\n"


async def _answer(writer, _request):
    writer.write(b"" if "interim" in sys.argv else b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    while True:
        writer.write(_PIECE * 1000)
        await writer.drain()


run_answering(_answer)
