"""A hostile target: it answers 200, and does to the ingest what no client does; the argument says what."""

import asyncio
import json
import os
import sys
from urllib.parse import urlsplit

from tests.hostile.targets.serving import run_answering

SORT = sys.argv[1]
_CONNECTIONS = 10_000
_INGEST = urlsplit(os.environ["INNGEST_BASE_URL"])
_POST = f"POST /e/{os.environ['INNGEST_EVENT_KEY']} HTTP/1.1\r\nHost: {_INGEST.netloc}\r\n".encode()
_CHUNKED = _POST + b"Transfer-Encoding: chunked\r\n\r\n"
_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{"success":"true"}'
_EVENT = {"name": "app/route.requested", "v": "1", "user": {}, "data": {}}

# What is sent first, and what is sent without end behind it.
_ENDLESS = {
    "body": (_POST + b"Content-Length: 1099511627776\r\n\r\n", b"[" * 65_536),
    "chunks": (_CHUNKED, b"1\r\n[\r\n" * 10_000),
    "trailer": (_CHUNKED + b"2\r\n{}\r\n0\r\nX-More: ", b"x" * 65_536),
}
# What each of very many connections begins with.
_OPENED = {"connections": b"", "halves": _POST}
_BODIES = {
    "deep": b"[" * 1_000_000,
    "not-utf-8": b'{"name":"\xff\xfe","data":{"\xc0\xaf":"\xed\xa0\x80"}}',
    "paints": json.dumps({**_EVENT, "id": "\x1b[2J\x1b]0;x\x07\u202e", "name": "\x1b[31m<script>"}).encode(),
    "unknown-keys": json.dumps({**_EVENT, **{f"key-{number}": number for number in range(5_000)}}).encode(),
}
_kept = []


async def _connect():
    connection = await asyncio.open_connection(_INGEST.hostname, _INGEST.port)
    _kept.append(connection)
    return connection


async def _flood(first, more):
    _, writer = await _connect()
    writer.write(first)
    try:
        while True:
            writer.write(more)
            await writer.drain()
    except ConnectionError:
        pass  # the ingest has had enough


async def _open_many(first):
    try:
        for _ in range(_CONNECTIONS):
            _, writer = await _connect()
            writer.write(first)
    except OSError:
        pass  # this process may open no more of them


async def _post(body):
    reader, writer = await _connect()
    writer.write(_POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def _answer(writer, _request):
    if SORT in _ENDLESS:
        _kept.append(asyncio.create_task(_flood(*_ENDLESS[SORT])))
        await asyncio.sleep(0.1)
    elif SORT in _OPENED:
        await _open_many(_OPENED[SORT])
    else:
        await _post(_BODIES[SORT])
    writer.write(_ANSWER)
    await writer.drain()


run_answering(_answer)
