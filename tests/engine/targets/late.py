"""The reference with a fault in its timing: BUG=504 says so to one in ten, `late` answers late, `after` sends late."""

import asyncio
import os

from reference.app import DeclaredError, Route, main
from reference.upstreams import Upstreams

_bug = os.environ["BUG"]
_settings, _send, _work = Upstreams.settings, Upstreams.send, Route.work
_asked = []
_tasks = set()


async def _get_late(self):
    settings = await _settings(self)
    _asked.append(True)
    if _bug == "504" and len(_asked) % 10 == 0:
        await asyncio.sleep(int(os.environ["UPSTREAM_TIMEOUT_MS"]) / 1000)
        raise DeclaredError("upstream-timeout", "late")
    return settings


async def _work_late(self, user):
    answer = await _work(self, user)
    if _bug == "late":
        await asyncio.sleep(2)
    return answer


async def _send_late(self, event):
    if _bug != "after":
        return await _send(self, event)

    async def later():
        await asyncio.sleep(1)
        await _send(self, event)

    task = asyncio.create_task(later())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return None


Upstreams.settings, Upstreams.send, Route.work = _get_late, _send_late, _work_late
main()
