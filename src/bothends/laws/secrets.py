"""What no answer and no event may hold: the target's keys and secrets, and the caller's credential."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.laws.law import Grounds
    from bothends.records import Exchange

# What is shorter may stand in any text by chance: a user's own event key can be `local`.
_LEAST_KEY = 8
_LEAST_COOKIE = 12

KEY, COOKIE, CREDENTIAL = "key", "cookie", "credential"
SECRETS = {
    KEY: "a key or secret of the target",
    COOKIE: "the caller's session cookie",
    CREDENTIAL: "the caller's credential",
}
"""What each of them is called."""


def keys(grounds: Grounds) -> Iterator[str]:
    """Yield the keys and secrets that are long enough to be told from chance text, in each spelling."""
    return (text for secret in grounds.secrets if len(secret) >= _LEAST_KEY for text in spellings(secret))


@lru_cache(maxsize=64)
def spellings(secret: str) -> tuple[str, ...]:
    """Return a secret as it is, and as whoever repeats it may have it encoded, by itself or within something longer.

    Those are percent-encoding (RFC 3986 section 2.1), hexadecimal, and Base64 in both alphabets (RFC 4648). In
    Base64 a text looks otherwise by where it begins, so each of the three ways is there, without the characters at
    its ends that its neighbours have a part in.
    """
    octets = secret.encode()
    found = [secret, quote(secret, safe=""), octets.hex(), octets.hex().upper()]
    for before in range(3):
        whole = (before + len(octets)) * 8 // 6
        begins = -(-before * 8 // 6)
        padded = bytes(before) + octets
        found += [e(padded).decode()[begins:whole] for e in (base64.b64encode, base64.urlsafe_b64encode)]
    return tuple(dict.fromkeys(found))


def credentials(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Yield what the caller has shown, as far as it is long enough: what it is, and its value."""
    shown = dict.fromkeys(cookies(exchange), COOKIE)
    for value in exchange.credential.secrets if exchange.credential is not None else ():
        if len(value) >= _LEAST_COOKIE:
            shown.setdefault(value, CREDENTIAL)
    yield from ((what, value) for value, what in shown.items())


def cookies(exchange: Exchange) -> Iterator[str]:
    """Yield the values of the cookies that were sent, as far as they are long enough."""
    for pair in (exchange.sent.header("cookie") or "").split(";"):
        value = pair.partition("=")[2].strip()
        if len(value) >= _LEAST_COOKIE:
            yield value
