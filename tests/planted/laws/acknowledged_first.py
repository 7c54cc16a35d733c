"""Plants a fault in the reference: the event is sent in the background, after the answer."""

import asyncio

from reference.__main__ import main
from reference.ingest import IngestClient

_send = IngestClient.send
_tasks = set()


async def _send_later(self, event):
    async def later():
        await asyncio.sleep(0.02)
        await _send(self, event)

    task = asyncio.create_task(later())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return ""


IngestClient.send = _send_later
raise SystemExit(main())
