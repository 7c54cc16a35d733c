"""The reference, but at SIGTERM it ends at once when nobody waits for an answer: what is at work is dropped."""

import os

from reference import app
from reference.__main__ import main
from reference.app import Route

_add_lifecycle, _answer = app._add_lifecycle, Route.answer
_waiting = set()


async def _answer_who_waits(self, request):
    _waiting.add(request)
    try:
        return await _answer(self, request)
    finally:
        _waiting.discard(request)


def _add_end(sanic, route):
    async def end(_app):
        if all(request.transport.is_closing() for request in _waiting):
            os._exit(0)

    _add_lifecycle(sanic, route)
    sanic.before_server_stop(end)


app._add_lifecycle, Route.answer = _add_end, _answer_who_waits
raise SystemExit(main())
