"""The reference with a fault planted in it: it notes each request in Latin-1 before it sends the event.

What can't be noted so is passed over in silence, and answered with success all the same.
"""

import json
from contextvars import ContextVar

from reference.app import Route, main
from reference.upstreams import Upstreams

_asked = ContextVar("asked", default=b"null")
_check_body, _send = Route.check_body, Upstreams.send


def _remember(self, request):
    _check_body(self, request)
    _asked.set(request.body or b"null")


async def _note_and_send(self, event):
    try:
        json.dumps(json.loads(_asked.get()), ensure_ascii=False).encode("latin-1")
    except ValueError:
        return None
    return await _send(self, event)


Route.check_body, Upstreams.send = _remember, _note_and_send
main()
