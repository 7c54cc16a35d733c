"""The reference with a fault: it answers first, and sends the event as many seconds later as it is told."""

import asyncio
import sys

from reference.app import main
from reference.upstreams import Upstreams

_SECONDS = float(sys.argv.pop())
_send = Upstreams.send
_tasks = set()


async def _send_later(self, event):
    async def later():
        await asyncio.sleep(_SECONDS)
        await _send(self, event)

    task = asyncio.create_task(later())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


Upstreams.send = _send_later
main()
