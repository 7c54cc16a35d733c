"""The reference, but the event of its second good request is sent twice, and never again."""

from typing import Any
from uuid import uuid4

from reference.__main__ import main
from reference.ingest import IngestClient

_send: Any = IngestClient.send
_sent: list[object] = []


async def _send_sometimes_twice(self: IngestClient, event: Any) -> object:
    """Send, once or twice."""
    _sent.append(event)
    if len(_sent) == 2:
        await _send(self, {**event, "id": str(uuid4())})
    return await _send(self, event)


IngestClient.send = _send_sometimes_twice  # type: ignore[assignment,method-assign]
raise SystemExit(main())
