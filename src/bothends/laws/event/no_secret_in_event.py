"""No event carries a secret to its consumers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law

if TYPE_CHECKING:
    from bothends.records import Exchange

_LEAST_SECRET = 12


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    events = [d.payload for d in exchange.deliveries if d.payload is not None]
    if not events:
        return None
    text = json.dumps(events, ensure_ascii=False)
    values = [pair.partition("=")[2] for pair in (exchange.sent.header("cookie") or "").split("; ")]
    told: dict[str, None] = {}
    if any(secret in text for secret in grounds.secrets):
        told["a key or secret of the target"] = None
    if any(len(value) >= _LEAST_SECRET and value in text for value in values):
        told["the caller's session cookie"] = None
    return [
        Broken(
            cause=what,
            summary=f"The event carries {what} to its consumers.",
            expected="no secret in an event",
            actual=f"{what} is in it",
        )
        for what in told
    ]


LAW = Law(
    name="no-secret-in-event",
    demands="No event carries a key, a secret or a session cookie.",
    source="OWASP ASVS 5.0 14.2.1",
    judge=_judge,
)
