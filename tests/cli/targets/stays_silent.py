"""The reference, but of what it is asked after a first request it never answers anything, and its log says so."""

import asyncio
import os
from typing import Any

from reference.app import Route, main

_work: Any = Route.work
_asked: list[object] = []


async def _work_once(self: Route, user: object) -> object:
    """Answer, or wait for ever."""
    _asked.append(user)
    if len(_asked) > 1:
        os.write(2, b"silent\n")
        await asyncio.Event().wait()
    return await _work(self, user)


Route.work = _work_once  # type: ignore[assignment,method-assign]
main()
