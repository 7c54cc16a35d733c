"""Plants a fault in the reference: to be sure, the same event is sent again, long after the answer."""

import asyncio

from reference.app import main
from reference.upstreams import Upstreams

LATER = 0.7
_send = Upstreams.send
_tasks = set()


async def _send_later(self, event):
    await asyncio.sleep(LATER)
    await _send(self, event)


async def _send_again(self, event):
    task = asyncio.ensure_future(_send_later(self, event))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return await _send(self, event)


Upstreams.send = _send_again
main()
