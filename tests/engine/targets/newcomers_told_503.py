"""The reference, but what comes after SIGTERM is told that it is ending, when its event has been sent."""

import asyncio

from reference.app import HTTPResponse, Route, main

_drain, _answer = Route.drain, Route.answer
_ending = []


async def _drain_slowly(self, app):
    await _drain(self, app)
    # So long are connections kept that were there before.
    await asyncio.sleep(0.25)
    _ending.append(True)


async def _refuse_newcomers(self, request):
    late = bool(_ending)
    answer = await _answer(self, request)
    return HTTPResponse(b"", 503) if late else answer


Route.drain, Route.answer = _drain_slowly, _refuse_newcomers
main()
