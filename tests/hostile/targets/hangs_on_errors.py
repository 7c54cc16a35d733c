"""A hopeless target: the reference, which answers good requests, and hangs for ever instead of each error.

With `upstreams` it also waits for ever for an upstream that does not answer, and holds that connection open. With
`5xx` it refuses as it should, and hangs only where an upstream or the ingest has failed.
"""

import asyncio
import sys

from sanic.response import BaseHTTPResponse

from reference.app import main
from reference.upstreams import Upstreams

_BAD = 500 if "5xx" in sys.argv else 400
_send = BaseHTTPResponse.send


async def _hang(self, *arguments, **more):
    if self.status >= _BAD:
        await asyncio.sleep(3600)
    return await _send(self, *arguments, **more)


BaseHTTPResponse.send = _hang

if "upstreams" in sys.argv:
    _init = Upstreams.__init__

    def _patient(self, *arguments, **more):
        _init(self, *arguments, **more)
        self._seconds = 3600.0

    Upstreams.__init__ = _patient

sys.argv[1:] = []
main()
