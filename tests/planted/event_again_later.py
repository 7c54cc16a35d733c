"""Plants a fault in the reference: each event is sent once more, with another id, after the answer."""

import asyncio
from uuid import uuid4

from reference.app import main
from reference.upstreams import Upstreams

LATER = 0.2
_send = Upstreams.send
_tasks = set()


async def _send_later(self, event):
    await asyncio.sleep(LATER)
    await _send(self, {**event, "id": str(uuid4())})


async def _send_twice(self, event):
    task = asyncio.ensure_future(_send_later(self, event))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return await _send(self, event)


Upstreams.send = _send_twice
main()
