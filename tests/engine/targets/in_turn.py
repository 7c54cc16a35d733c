"""The reference, with one event at a time: those behind it wait while it is tried again."""

import asyncio

from reference.app import main
from reference.contract import DeclaredError
from reference.upstreams import Upstreams

one_at_a_time = asyncio.Lock()


async def post_in_turn(self: Upstreams, event: bytes) -> tuple[int, bytes]:
    """Hold what all share while nothing is done."""
    async with one_at_a_time:
        try:
            status, body = await self._attempt(self._contract.event_method, self._event_url, event)
        except DeclaredError:
            status, body = 500, b""
        if status < 500:
            return status, body
        await asyncio.sleep(0.6)
        return await self._attempt(self._contract.event_method, self._event_url, event)


Upstreams._post = post_in_turn
main()
