"""Plants a fault in the reference: when the ingest fails, success is answered all the same."""

from contextlib import suppress

from reference.app import DeclaredError, main
from reference.upstreams import Upstreams

_send = Upstreams.send


async def _swallow(self, event):
    with suppress(DeclaredError):
        await _send(self, event)


Upstreams.send = _swallow
main()
