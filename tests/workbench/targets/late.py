"""The reference, but it answers first: it loses the events of its first successes, and the others come later.

`python late.py LOST SECONDS`
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from reference.app import main
from reference.upstreams import Upstreams

_SECONDS, _LOST = float(sys.argv.pop()), int(sys.argv.pop())
_send = Upstreams.send
_sent: list[asyncio.Task[None] | None] = []


async def _send_later(self: Upstreams, event: Any) -> None:
    async def later() -> None:
        await asyncio.sleep(_SECONDS)
        await _send(self, event)

    _sent.append(None if len(_sent) < _LOST else asyncio.create_task(later()))


Upstreams.send = _send_later  # type: ignore[method-assign]
main()
