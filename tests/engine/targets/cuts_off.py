"""The reference with a fault: at SIGTERM it ends at once, whatever is in flight."""

import os

from reference import app

_build = app.build


def _build_with_fault(route):
    sanic = _build(route)

    async def end(_app):
        os._exit(0)

    sanic.before_server_stop(end)
    return sanic


app.build = _build_with_fault
app.main()
