"""Plants a fault in the reference: the settings are asked for one caller after the other."""

import asyncio

from reference.__main__ import main
from reference.settings import SettingsClient

_get = SettingsClient.get
_turn = asyncio.Lock()


async def _in_turn(self):
    async with _turn:
        return await _get(self)


SettingsClient.get = _in_turn
raise SystemExit(main())
