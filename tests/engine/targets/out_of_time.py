"""The reference, but the second settings are late, it says; with `LATE=always`, so are all that follow."""

import asyncio
import os

from reference.app import DeclaredError, main
from reference.upstreams import Upstreams

_settings = Upstreams.settings
_asked = []


async def _get_late(self):
    _asked.append(True)
    late = len(_asked) == 2 if os.environ["LATE"] == "once" else len(_asked) >= 2
    settings = await _settings(self)
    if late:
        await asyncio.sleep(int(os.environ["UPSTREAM_TIMEOUT_MS"]) / 1000)
        raise DeclaredError("upstream-timeout", "late")
    return settings


Upstreams.settings = _get_late
main()
