"""The reference with a fault: what it had sent and not heard of it sends again when it starts, as a new event."""

import asyncio
import json
import os
import tempfile
from pathlib import Path
from uuid import uuid4

from reference import app
from reference.app import main
from reference.upstreams import Upstreams

_KEPT = Path(tempfile.gettempdir()) / f"bothends-outbox-{os.environ['INNGEST_EVENT_KEY']}"
_send = Upstreams.send


async def _send_with_outbox(self, event):
    entry = _KEPT / f"{event['id']}.json"
    _KEPT.mkdir(exist_ok=True)
    entry.write_text(json.dumps(event))
    answer = await _send(self, event)
    entry.unlink()
    return answer


_build = app.build
_resent = set()


def _build_with_outbox(route):
    async def send_again(_app):
        for entry in list(_KEPT.glob("*.json")):
            event = {**json.loads(entry.read_text()), "id": str(uuid4())}
            entry.unlink()
            task = asyncio.create_task(_send(route.upstreams, event))
            _resent.add(task)

    sanic = _build(route)
    sanic.after_server_start(send_again)
    return sanic


app.build = _build_with_outbox
Upstreams.send = _send_with_outbox
main()
