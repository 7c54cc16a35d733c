"""What the tests of faults share: a right request to either side, and the one record of it."""

from __future__ import annotations

import json
from typing import Any

EVENT = {"name": "a", "id": "1"}
NAMES = ["settings", "ingest"]


def request(scene: Any, name: str, **changes: Any) -> bytes:
    """Return a right request to an upstream, or to the ingest."""
    made: bytes = scene.get() if name == "settings" else scene.post({**EVENT, **changes})
    return made


async def record(scene: Any) -> Any:
    """Return the one record that there is, of a call or of a delivery."""
    deliveries, calls = await scene.witnessed()
    (only,) = deliveries + calls
    return only


def parts(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return the status, the headers and the body of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    return int(line.split()[1]), dict(one.split(": ", 1) for one in lines), body


def value(answer: bytes) -> Any:
    """Return the JSON value of an answer's body."""
    return json.loads(parts(answer)[2])
