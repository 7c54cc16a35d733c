"""Plants a fault in the reference: while one event waits until it is tried again, no other one is sent."""

import asyncio

from reference.app import main
from reference.contract import DeclaredError
from reference.upstreams import Upstreams

waiting = 0


async def post_unless_others_wait(self: Upstreams, event: bytes) -> tuple[int, bytes]:
    """Give up at once while another one waits: no machine is so slow that this is its doing."""
    global waiting  # noqa: PLW0603 -- that it is shared is the fault
    if waiting:
        raise DeclaredError("upstream-wrong", "the ingest has failed of late")
    try:
        status, body = await self._attempt(self._contract.event_method, self._event_url, event)
    except DeclaredError:
        status, body = 500, b""
    if status < 500:
        return status, body
    waiting += 1
    try:
        await asyncio.sleep(0.6)
    finally:
        waiting -= 1
    return await self._attempt(self._contract.event_method, self._event_url, event)


Upstreams._post = post_unless_others_wait
main()
