"""Plants a fault in the reference: each event is sent twice, with an id of its own each time."""

from uuid import uuid4

from reference.app import main
from reference.upstreams import Upstreams

_send = Upstreams.send


async def _send_twice(self, event):
    await _send(self, {**event, "id": str(uuid4())})
    return await _send(self, event)


Upstreams.send = _send_twice
main()
