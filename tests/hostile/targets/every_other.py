"""A hostile target: every other request is answered, and the rest never."""

import asyncio
from itertools import count

from tests.hostile.targets.serving import run_answering

_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{"success":"true"}'
_numbers = count()


async def _answer(writer, _request):
    if next(_numbers) % 2:
        await asyncio.sleep(3600)
    writer.write(_ANSWER)
    await writer.drain()


run_answering(_answer)
