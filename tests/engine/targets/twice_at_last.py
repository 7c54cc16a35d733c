"""The reference, but for its 1,400th event, and each tenth from then on: it sends them twice."""

from itertools import count
from uuid import uuid4

from reference.app import main
from reference.upstreams import Upstreams

_send = Upstreams.send
_numbers = count(1)


async def _send_some_twice(self, event):
    number = next(_numbers)
    if number >= 1400 and number % 10 == 0:
        await _send(self, {**event, "id": str(uuid4())})
    return await _send(self, event)


Upstreams.send = _send_some_twice
main()
