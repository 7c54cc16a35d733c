"""The reference with a fault: what it had sent and not heard of it sends again when it starts, as a new event."""

import asyncio
import json
import os
import tempfile
from pathlib import Path
from uuid import uuid4

from reference import app
from reference.__main__ import main
from reference.ingest import IngestClient

_KEPT = Path(tempfile.gettempdir()) / f"bothends-outbox-{os.environ['INNGEST_EVENT_KEY']}"
_send = IngestClient.send


async def _send_with_outbox(self, event):
    entry = _KEPT / f"{event['id']}.json"
    _KEPT.mkdir(exist_ok=True)
    entry.write_text(json.dumps(event))
    answer = await _send(self, event)
    entry.unlink()
    return answer


_add_lifecycle = app._add_lifecycle
_resent = set()


def _add_outbox(sanic, route):
    _add_lifecycle(sanic, route)

    async def send_again(_app):
        for entry in list(_KEPT.glob("*.json")):
            event = {**json.loads(entry.read_text()), "id": str(uuid4())}
            entry.unlink()
            task = asyncio.create_task(_send(route._ingest, event))
            _resent.add(task)

    sanic.after_server_start(send_again)


app._add_lifecycle = _add_outbox
IngestClient.send = _send_with_outbox
raise SystemExit(main())
