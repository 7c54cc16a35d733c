"""Plants a fault in the reference: the settings are asked for one caller after the other."""

import asyncio

from reference.app import main
from reference.upstreams import Upstreams

_settings = Upstreams.settings
_turn = asyncio.Lock()


async def _in_turn(self):
    async with _turn:
        return await _settings(self)


Upstreams.settings = _in_turn
main()
