"""Plants a fault in the reference: each event is sent twice, with an id of its own each time."""

from uuid import uuid4

from reference.__main__ import main
from reference.ingest import IngestClient

_send = IngestClient.send


async def _send_twice(self, event):
    await _send(self, {**event, "id": str(uuid4())})
    return await _send(self, event)


IngestClient.send = _send_twice
raise SystemExit(main())
