"""The reference, but the second settings are late, it says; with `LATE=always`, so are all that follow."""

import asyncio
import os

from reference.__main__ import main
from reference.settings import SettingsClient
from reference.upstream import TimedOutError

_get = SettingsClient.get
_asked = []


async def _get_late(self):
    _asked.append(True)
    late = len(_asked) == 2 if os.environ["LATE"] == "once" else len(_asked) >= 2
    settings = await _get(self)
    if late:
        await asyncio.sleep(int(os.environ["UPSTREAM_TIMEOUT_MS"]) / 1000)
        raise TimedOutError("late")
    return settings


SettingsClient.get = _get_late
raise SystemExit(main())
