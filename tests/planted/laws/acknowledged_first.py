"""Plants a fault in the reference: the event is sent in the background, after the answer."""

import asyncio

from reference.app import main
from reference.upstreams import Upstreams

_send = Upstreams.send
_tasks = set()


async def _send_later(self, event):
    async def later():
        await asyncio.sleep(0.02)
        await _send(self, event)

    task = asyncio.create_task(later())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


Upstreams.send = _send_later
main()
