"""The reference, but the second settings are late, it says; with `LATE=always`, so are all that follow.

With `LATE=sends`, it is the ingest that is late from the second event on, it says, and the event comes behind the
answer: it was on its way.
"""

import asyncio
import os

from reference.app import DeclaredError, main
from reference.upstreams import Upstreams

LATE, TIMEOUT = os.environ["LATE"], int(os.environ["UPSTREAM_TIMEOUT_MS"]) / 1000
BEHIND = 0.3
_settings, _send = Upstreams.settings, Upstreams.send
_asked = []
_sending = set()


async def _get_late(self):
    _asked.append(True)
    late = len(_asked) == 2 if LATE == "once" else len(_asked) >= 2
    settings = await _settings(self)
    if late and LATE != "sends":
        await asyncio.sleep(TIMEOUT)
        raise DeclaredError("upstream-timeout", "late")
    return settings


async def _send_late(self, event):
    if LATE != "sends" or len(_asked) < 2:
        await _send(self, event)
        return
    _sending.add(asyncio.create_task(_behind(self, event)))
    await asyncio.sleep(TIMEOUT)
    raise DeclaredError("upstream-timeout", "late")


async def _behind(self, event):
    await asyncio.sleep(TIMEOUT + BEHIND)
    await _send(self, event)


Upstreams.settings, Upstreams.send = _get_late, _send_late
main()
