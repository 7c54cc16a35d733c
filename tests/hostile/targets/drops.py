"""A hostile target: each connection ends too early, with FIN or RST: at the test bed it is told, or at each in turn."""

import sys
from itertools import count

from tests.hostile.targets.serving import read_request, reset, run

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n"
_STAGES = {
    "unread": None,
    "read": b"",
    "version": b"HTTP/1.",
    "header": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "head": _HEAD,
    "body": _HEAD + b'{"succ',
}
_SAID = [_STAGES[name] for name in sys.argv[1:] or _STAGES]
_numbers = count()


async def _visit(reader, writer):
    number = next(_numbers)
    said = _SAID[number // 2 % len(_SAID)]
    if said is not None:  # else it ends before anything is read
        await read_request(reader)
        writer.write(said)
        await writer.drain()
    if number % 2:
        reset(writer)


run(_visit)
