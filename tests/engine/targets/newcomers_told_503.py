"""The reference, but what comes after SIGTERM is told that it is ending, when its event has been sent."""

import asyncio

from reference.app import HTTPResponse, Route, main

_drain, _answer = Route.drain, Route.answer
_ending = []


async def _drain_slowly(self, app):
    _ending.append(True)
    await _drain(self, app)
    # So long are connections kept that were there before.
    await asyncio.sleep(0.25)


async def _refuse_newcomers(self, request):
    late = bool(_ending)
    answer = await _answer(self, request)
    return HTTPResponse(b"", 503) if late else answer


Route.drain, Route.answer = _drain_slowly, _refuse_newcomers
main()
