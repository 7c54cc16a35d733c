"""Plants a fault in the reference: each event is sent once more, with another id, after the answer."""

import asyncio
from uuid import uuid4

from reference.__main__ import main
from reference.ingest import IngestClient

LATER = 0.1
_send = IngestClient.send
_tasks = set()


async def _send_later(self, event):
    await asyncio.sleep(LATER)
    await _send(self, {**event, "id": str(uuid4())})


async def _send_twice(self, event):
    task = asyncio.ensure_future(_send_later(self, event))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return await _send(self, event)


IngestClient.send = _send_twice
raise SystemExit(main())
