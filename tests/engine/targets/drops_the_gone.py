"""The reference, but at SIGTERM it ends at once when nobody waits for an answer: what is at work is dropped."""

import os

from reference import app
from reference.app import Route

_build, _answer = app.build, Route.answer
_waiting = set()


async def _answer_who_waits(self, request):
    _waiting.add(request)
    try:
        return await _answer(self, request)
    finally:
        _waiting.discard(request)


def _build_with_end(route):
    async def end(_app):
        if all(request.transport.is_closing() for request in _waiting):
            os._exit(0)

    sanic = _build(route)
    sanic.before_server_stop(end)
    return sanic


app.build, Route.answer = _build_with_end, _answer_who_waits
app.main()
