"""A hostile target: 100,000 events for one request, 5,000 in a POST (`batches`) or one by one (`single`)."""

import asyncio
import json
import os
import sys
import uuid
from urllib.parse import urlsplit

from tests.hostile.targets.serving import run_answering

_EVENTS = 100_000
_BATCH = 5_000 if "batches" in sys.argv else 1
_INGEST = urlsplit(os.environ["INNGEST_BASE_URL"])
_KEY = os.environ["INNGEST_EVENT_KEY"]


def _post():
    events = [
        {"id": str(uuid.uuid4()), "name": "app/route.requested", "v": "1", "user": {}, "data": {}}
        for _ in range(_BATCH)
    ]
    body = json.dumps(events).encode()
    head = f"POST /e/{_KEY} HTTP/1.1\r\nHost: {_INGEST.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _answer(writer, _request):
    _, sending = connection = await asyncio.open_connection(_INGEST.hostname, _INGEST.port)
    taking = asyncio.create_task(_take(connection[0]))
    for _ in range(_EVENTS // _BATCH):
        sending.write(_post())
        await sending.drain()
    sending.close()
    await taking
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{"success":"true"}')
    await writer.drain()


async def _take(reader):
    """Read what the ingest says, and care for none of it."""
    try:
        while await reader.read(65_536):
            pass
    except ConnectionError:
        pass


run_answering(_answer)
