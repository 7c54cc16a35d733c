"""The reference with a fault in its timing: BUG=504 says so to one in ten, `late` answers late, `after` sends late."""

import asyncio
import os

from reference.__main__ import main
from reference.app import Route
from reference.ingest import IngestClient
from reference.settings import SettingsClient
from reference.upstream import TimedOutError

_bug = os.environ["BUG"]
_get, _send, _work = SettingsClient.get, IngestClient.send, Route._work
_asked = []
_tasks = set()


async def _get_late(self):
    settings = await _get(self)
    _asked.append(True)
    if _bug == "504" and len(_asked) % 10 == 0:
        await asyncio.sleep(int(os.environ["UPSTREAM_TIMEOUT_MS"]) / 1000)
        raise TimedOutError("late")
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
    return ""


SettingsClient.get, IngestClient.send, Route._work = _get_late, _send_late, _work_late
raise SystemExit(main())
