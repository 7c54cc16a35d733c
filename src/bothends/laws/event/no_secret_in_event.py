"""No event carries a secret to its consumers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.secrets import KEY, SECRETS, credentials, keys
from bothends.records import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Exchange


def _texts(value: Any) -> Iterator[str]:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    events = [d.payload for d in exchange.posts if d.payload is not None]
    if not events:
        return None
    text = "\n".join(_texts(events))
    secrets = [*((KEY, key) for key in keys(grounds)), *credentials(exchange)]
    told = dict.fromkeys(what for what, value in secrets if value in text)
    return [
        Broken(
            cause=Cause(what),
            summary=f"The event carries {SECRETS[what]} to its consumers.",
            expected="no secret in an event",
            actual=f"{SECRETS[what]} is in it",
        )
        for what in told
    ]


LAW = register(
    Law(
        name="no-secret-in-event",
        demands="No event carries a key, a secret or a session cookie.",
        source="OWASP ASVS 5.0 14.2.1",
        judge=_judge,
        scope=Scope.EVENT,
        words=SECRETS,
        as_check=True,
    )
)
