"""A target that promises to use its connections again leaves no heap of idle ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.promises import REUSES_CONNECTIONS
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import part
from bothends.records import INGEST, MANY_IDLE, Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if REUSES_CONNECTIONS not in grounds.promises:
        return None
    opened = [(call.idle_beside, call.upstream) for call in exchange.calls]
    opened += [(delivery.idle_beside, INGEST) for delivery in exchange.deliveries]
    if not opened:
        return None
    idle, upstream = max(opened)
    if idle < MANY_IDLE:
        return []
    # One cause for all upstreams: a client that leaves connections to one open leaves them to each.
    return [
        Broken(
            cause=Cause("idle-connections-build-up"),
            summary=f"A new connection to {part(upstream)} is opened beside {idle} that lie idle.",
            expected="a connection that is used again, or closed: more are open than there were requests at once",
            actual=f"{idle} connections that the target keeps open and does not use; it will run out of files",
        )
    ]


LAW = register(
    Law(
        name="reuses-connections",
        demands="A target that promises to use its connections again does so, or closes them: "
        "idle ones do not build up.",
        source="the contract: reuses_connections in the settings file; RFC 9112 section 9.4; CWE-772",
        judge=_judge,
        scope=Scope.EXCHANGE,
        builds_up=True,
    )
)
