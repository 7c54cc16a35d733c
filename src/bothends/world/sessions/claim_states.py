"""States of what a session's token claims: when it ends and begins, and what is no claims at all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.base import state
from bothends.world.sessions.forge import with_claims, with_payload
from bothends.world.sessions.jose import json_text
from bothends.world.sessions.sealed import LIFETIME, SealedState

if TYPE_CHECKING:
    from bothends.world.sessions.forge import Shown

_HOUR = 3600
_YEAR = 365 * 24 * _HOUR

_sealed = partial(state, SealedState)


# Sessions at, and beyond, the end of their time.
#
# The libraries allow for clocks that are 15 s apart (`clockTolerance`); every state keeps clear of that.


def _expired(ago: float) -> Shown:
    """Return what shows a session as it was issued long ago, which expired so many seconds ago."""
    return lambda issuer, user: issuer.at(issuer.now - LIFETIME - ago).issue(user)


_sealed(
    "expired-1h",
    "the session has expired",
    "a session that expired an hour ago",
    "`exp` lies an hour back.",
    has_its_form=True,
    cookies=_expired(_HOUR),
)
_sealed(
    "expired-1y",
    "the session expired a year ago",
    "a session that expired a year ago",
    "Further back than the error of any time zone, or of a lost day.",
    has_its_form=True,
    cookies=_expired(_YEAR),
)
_sealed(
    "expired-30s",
    "the session expired half a minute ago",
    "a session that expired 30 s ago",
    "Beyond the tolerance of 15 s, by as much again.",
    cookies=_expired(30),
)
_sealed(
    "expired-3s",
    "the session expired a moment ago",
    "a session that expired 3 s ago, which is within the clock tolerance",
    "RFC 7519 section 4.1.4: implementers may provide for some small leeway.",
    doubtful=True,
    cookies=_expired(3),
)
_sealed(
    "about-to-expire",
    "the session is about to expire",
    "a valid session with ten seconds left",
    "Valid, but no longer by the clock of another time zone, or where a tolerance is taken off.",
    family="",
    cookies=_expired(-10),
)


# Sessions whose end is not told as it should be (`exp`, RFC 7519 section 4.1.4).

_sealed(
    "expiry-text",
    "the session's expiry is text",
    "a session whose `exp` is a string",
    "`exp` must be a number (RFC 7519 section 2, NumericDate).",
    cookies=with_claims(lambda claims: {**claims, "exp": str(claims["exp"])}),
)
_sealed(
    "expiry-null",
    "the session's expiry is null",
    "a session whose `exp` is null",
    "`exp` is there, and is no number.",
    cookies=with_claims(lambda claims: {**claims, "exp": None}),
)
_sealed(
    "expiry-true",
    "the session's expiry is true",
    "a session whose `exp` is true",
    "`true` is 1 in some languages: then it has expired, and is no number all the same.",
    cookies=with_claims(lambda claims: {**claims, "exp": True}),
)
_sealed(
    "without-expiry",
    "the session never expires",
    "a session without `exp`",
    "RFC 7519 leaves it out where it likes; the libraries take it, and never issue it.",
    doubtful=True,
    cookies=with_claims(lambda claims: {name: value for name, value in claims.items() if name != "exp"}),
)
_sealed(
    "endless-expiry",
    "the session expires beyond all numbers",
    "a session whose `exp` is 1e999",
    "Infinity to JavaScript; what some turn into an integer, and fail at. No float holds the number.",
    doubtful=True,
    cookies=with_payload(lambda claims: json_text({**claims, "exp": 0}).replace(b'"exp":0', b'"exp":1e999')),
)
_sealed(
    "issued-in-the-future",
    "the session was issued in the future",
    "a session whose `iat` is a year in the future",
    "The libraries look at `iat` only where they are given a greatest age.",
    doubtful=True,
    cookies=with_claims(lambda claims: {**claims, "iat": claims["iat"] + _YEAR}),
)


# Sessions with a time before which they do not hold (`nbf`, RFC 7519 section 4.1.5).


def _valid_in(seconds: float) -> Shown:
    return with_claims(lambda claims: {**claims, "nbf": claims["iat"] + seconds})


_sealed(
    "not-yet-valid",
    "the session is not valid yet",
    "a session that becomes valid in an hour",
    "`nbf` lies an hour ahead.",
    cookies=_valid_in(_HOUR),
)
_sealed(
    "valid-in-3s",
    "the session is valid in a moment",
    "a session that becomes valid in 3 s, which is within the clock tolerance",
    "As with `exp`, some leeway is allowed, and none is demanded.",
    doubtful=True,
    cookies=_valid_in(3),
)
_sealed(
    "valid-since-a-minute",
    "the session is valid since a minute",
    "a valid session with an `nbf` a minute ago",
    "`nbf` is met.",
    family="",
    cookies=_valid_in(-60),
)


# Tokens that open, and hold no claims, or the same claim twice.


def _claims_twice(claims: dict[str, Any]) -> bytes:
    """Return somebody else's claims before the user's."""
    return b'{"name":"Mallory","email":"mallory@example.com",' + json_text(claims)[1:]


_sealed(
    "list-of-claims",
    "the session holds a list",
    "a token under the right key that contains its claims in an array",
    "A claims set is an object (RFC 7519 section 4).",
    cookies=with_claims(lambda claims: [claims]),
)
_sealed(
    "no-claims",
    "the session holds nothing",
    "a token under the right key with an empty payload",
    "There is nothing in it, not even JSON.",
    cookies=with_payload(lambda _: b""),
)
_sealed(
    "text-for-claims",
    "the session holds text",
    "a token under the right key whose payload is not JSON",
    "Bytes that are no JSON.",
    cookies=with_payload(lambda _: b"session"),
)
_sealed(
    "claims-twice",
    "the session names its user twice",
    "a session with `name` and `email` twice, the user's own last",
    "RFC 7519 section 4: refuse it, or take the last one.",
    doubtful=True,
    cookies=with_payload(_claims_twice),
)
