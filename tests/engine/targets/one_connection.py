"""The reference with one slow connection to its upstreams for all requests: some wait too long, and are told 504."""

import asyncio

from reference import app
from reference.upstreams import Upstreams

_attempt = Upstreams._attempt
_connection = asyncio.Semaphore(1)


async def _attempt_in_turn(self, method, url, event=None):
    async with _connection:
        await asyncio.sleep(0.3)
        return await _attempt(self, method, url, event)


Upstreams._attempt = _attempt_in_turn
app.main()
