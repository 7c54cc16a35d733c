"""Plants a fault in the reference: when the ingest fails, success is answered all the same."""

from reference.__main__ import main
from reference.ingest import IngestClient
from reference.upstream import UpstreamError

_send = IngestClient.send


async def _swallow(self, event):
    try:
        return await _send(self, event)
    except UpstreamError:
        return ""


IngestClient.send = _swallow
raise SystemExit(main())
