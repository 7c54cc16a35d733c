"""A hostile target: each connection ends too early, at another stage each time, with FIN or with RST."""

from itertools import count

from tests.hostile.targets.serving import read_request, reset, run

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n"
_SAID = (None, b"", b"HTTP/1.", b"HTTP/1.1 200 OK\r\nContent-Ty", _HEAD, _HEAD + b'{"succ')
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
