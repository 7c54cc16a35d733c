"""Plants a fault in the reference: at SIGTERM it ends at once, whatever is in flight."""

import os

from reference import app
from reference.__main__ import main

_add_lifecycle = app._add_lifecycle


def _add_abrupt_end(sanic, route):
    _add_lifecycle(sanic, route)

    async def end(_app):
        os._exit(0)

    sanic.before_server_stop(end)


app._add_lifecycle = _add_abrupt_end
raise SystemExit(main())
