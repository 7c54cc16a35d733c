"""The reference, but what is in flight at SIGTERM has half a second, however long the upstreams may take."""

import asyncio
import os

from reference import app

_build = app.build


def _build_with_fault(route):
    sanic = _build(route)

    async def begin_to_end(_app):
        asyncio.get_running_loop().call_later(0.5, os._exit, 0)

    sanic.before_server_stop(begin_to_end)
    return sanic


app.build = _build_with_fault
app.main()
