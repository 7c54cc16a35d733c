"""What no answer and no event may hold: the target's keys and secrets, and the caller's session cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.laws.law import Grounds
    from bothends.records import Exchange

# What is shorter may stand in any text by chance: a user's own event key can be `local`.
_LEAST_KEY = 8
_LEAST_COOKIE = 12

KEY = "a key or secret of the target"
COOKIE = "the caller's session cookie"


def keys(grounds: Grounds) -> Iterator[str]:
    """Yield the keys and secrets that are long enough to be told from chance text."""
    return (secret for secret in grounds.secrets if len(secret) >= _LEAST_KEY)


def cookies(exchange: Exchange) -> Iterator[str]:
    """Yield the values of the cookies that were sent, as far as they are long enough."""
    for pair in (exchange.sent.header("cookie") or "").split(";"):
        value = pair.partition("=")[2].strip()
        if len(value) >= _LEAST_COOKIE:
            yield value
