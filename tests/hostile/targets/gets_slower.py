"""A hopeless target: the reference, each answer of which takes 10 ms more than the one before, up to 4 s.

With numbers: so many milliseconds more, and so many at most.
"""

import asyncio
import itertools
import sys

from sanic.response import BaseHTTPResponse

from reference.app import main

_STEP, _MOST = (int(word) / 1000 for word in (sys.argv[1:] or ["10", "4000"]))
_send = BaseHTTPResponse.send
_answers = itertools.count(1)


async def _dawdle(self, *arguments, **more):
    await asyncio.sleep(min(_MOST, _STEP * next(_answers)))
    return await _send(self, *arguments, **more)


BaseHTTPResponse.send = _dawdle
sys.argv[1:] = []
main()
