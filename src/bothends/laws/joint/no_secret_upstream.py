"""No upstream is told a secret that is not its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.secrets import KEY, SECRETS, credentials, keys
from bothends.laws.wording import part
from bothends.records import INGEST, Cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.records import Exchange


def _text(line: str, headers: Iterable[tuple[str, str]]) -> str:
    return "\n".join([line, *(f"{name}: {value}" for name, value in headers)])


def _told(exchange: Exchange, grounds: Grounds) -> Iterator[tuple[str, str]]:
    """Yield who was told what."""
    for call in exchange.calls:
        text = _text(call.request_line, call.headers)
        if any(key in text for key in keys(grounds)):
            yield call.upstream, KEY
        # A route may ask another part of its own site on the caller's behalf, unless the contract says otherwise.
        if call.upstream in grounds.sessionless:
            yield from ((call.upstream, what) for what, value in credentials(exchange) if value in text)
    for delivery in exchange.deliveries:
        # The key stands in the path, which is its place.
        text = _text("", delivery.headers)
        yield from ((INGEST, what) for what, value in credentials(exchange) if value in text)


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if not exchange.calls and not exchange.deliveries:
        return None
    return [
        Broken(
            cause=Cause(what, upstream=who),
            summary=f"A request to {part(who)} tells {SECRETS[what]}.",
            expected="each secret is told to nobody but whom it is shared with",
            actual=f"{SECRETS[what]} is in the request line or the headers",
        )
        for who, what in dict.fromkeys(_told(exchange, grounds))
    ]


LAW = register(
    Law(
        name="no-secret-upstream",
        demands="No request to an upstream or to the ingest tells a key, a secret or a cookie that is not for it.",
        source="the contract: the key is the ingest's, the cookie the target's; CWE-201",
        judge=_judge,
        scope=Scope.EXCHANGE,
        words={kind: f"{what} to {{who}}" for kind, what in SECRETS.items()},
        as_check=True,
    )
)
