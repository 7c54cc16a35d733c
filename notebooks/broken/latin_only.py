"""The reference with a fault planted in it: it notes each request in Latin-1 before it sends the event.

What can't be noted so is passed over in silence, and answered with success all the same.
"""

import json
from contextvars import ContextVar

from reference import body
from reference.__main__ import main
from reference.ingest import IngestClient

_asked = ContextVar("asked", default=b"null")
_read, _send = body._read, IngestClient.send


async def _remember(request, limit):
    raw = await _read(request, limit)
    _asked.set(raw or b"null")
    return raw


async def _note_and_send(self, event):
    try:
        json.dumps(json.loads(_asked.get()), ensure_ascii=False).encode("latin-1")
    except ValueError:
        return ""
    return await _send(self, event)


body._read, IngestClient.send = _remember, _note_and_send
raise SystemExit(main())
