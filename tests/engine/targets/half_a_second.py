"""The reference, but what is in flight at SIGTERM has half a second, however long the upstreams may take."""

import asyncio
import os

from reference import app
from reference.__main__ import main

_add_lifecycle = app._add_lifecycle


def _add_short_end(sanic, route):
    _add_lifecycle(sanic, route)

    async def begin_to_end(_app):
        asyncio.get_running_loop().call_later(0.5, os._exit, 0)

    sanic.before_server_stop(begin_to_end)


app._add_lifecycle = _add_short_end
raise SystemExit(main())
