"""A hostile target: each answer is broken HTTP, in another way each time."""

from itertools import cycle

from tests.hostile.targets.serving import read_request, run

_BODY = b'\r\n\r\n{"success":"true"}'
_JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_ANSWERS = cycle(
    (
        b"\x1b[2J\x1b]0;owned\x07SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/9.9 200 OK\r\nContent-Length: 18" + _BODY,
        b"HTTP/1.1 20 OK\r\nContent-Length: 18" + _BODY,
        b"HTTP/1.1 99999 OK\r\nContent-Length: 18" + _BODY,
        b"HTTP/1.1 two OK\r\nContent-Length: 18" + _BODY,
        _JSON + b"Content-Length: -18" + _BODY,
        _JSON + b"Content-Length: 18, 19" + _BODY,
        _JSON + b"Content-Length: 18\r\nContent-Length: 19" + _BODY,
        _JSON + b"Content-Length: 99999999999999999999999999" + _BODY,
        _JSON + b"Content-Length: 18\r\nTransfer-Encoding: chunked" + _BODY,
        _JSON + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        _JSON + b"Transfer-Encoding: chunked\r\n\r\nno size\r\n{}\r\n0\r\n\r\n",
        _JSON + b"X-\x00: \x01\r\nContent-Length: 18" + _BODY,
        _JSON + b"no colon at all\r\nContent-Length: 18" + _BODY,
        b"\x00" * 4096,
        b"\xff\xfe\r\n\r\n",
    )
)


async def _visit(reader, writer):
    if await read_request(reader):
        writer.write(next(_ANSWERS))
        await writer.drain()


run(_visit)
