"""The reference, but the event of its second good request is sent twice, and never again."""

from typing import Any
from uuid import uuid4

from reference.app import main
from reference.upstreams import Upstreams

_send: Any = Upstreams.send
_sent: list[object] = []


async def _send_sometimes_twice(self: Upstreams, event: Any) -> object:
    """Send, once or twice."""
    _sent.append(event)
    if len(_sent) == 2:
        await _send(self, {**event, "id": str(uuid4())})
    return await _send(self, event)


Upstreams.send = _send_sometimes_twice  # type: ignore[assignment,method-assign]
main()
