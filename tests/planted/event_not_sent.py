"""Plants a fault in the reference: success is answered, and no event is sent."""

from reference.__main__ import main
from reference.ingest import IngestClient


async def _sends_nothing(self, event):
    return ""


IngestClient.send = _sends_nothing
raise SystemExit(main())
