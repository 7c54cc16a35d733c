"""Plants a fault in the reference: any 2xx of the ingest is taken for an acknowledgement."""

from reference.app import main
from reference.upstreams import Upstreams

_attempt = Upstreams._attempt


async def _any_2xx(self, method, url, event=None):
    status, body = await _attempt(self, method, url, event)
    return (200, b'{"ids": ["1"], "status": 200}') if event and 200 < status < 300 else (status, body)


Upstreams._attempt = _any_2xx
main()
