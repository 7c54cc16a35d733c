"""Sessions whose end is not told as it should be (`exp`, RFC 7519 section 4.1.4)."""

from __future__ import annotations

from typing import Any, ClassVar

from bothends.world.sessions.forge import json_text
from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.token_state import ClaimsState


@session_state("expiry-text")
class ExpiryIsText(ClaimsState):
    """`exp` must be a number (RFC 7519 section 2, NumericDate)."""

    pattern = "the session's expiry is text"
    about = "a session whose `exp` is a string"

    def changed(self, claims: dict[str, Any]) -> Any:
        """Write the number as text."""
        return {**claims, "exp": str(claims["exp"])}


@session_state("expiry-null")
class ExpiryIsNull(ClaimsState):
    """`exp` is there, and is no number."""

    pattern = "the session's expiry is null"
    about = "a session whose `exp` is null"
    value: ClassVar[Any] = None

    def changed(self, claims: dict[str, Any]) -> Any:
        """Put the value in its place."""
        return {**claims, "exp": self.value}


@session_state("expiry-true")
class ExpiryIsTrue(ExpiryIsNull):
    """`true` is 1 in some languages: then it has expired, and is no number all the same."""

    pattern = "the session's expiry is true"
    about = "a session whose `exp` is true"
    value = True


@session_state("without-expiry")
class NoExpiry(ClaimsState):
    """RFC 7519 leaves it out where it likes; the libraries take it, and never issue it."""

    pattern = "the session never expires"
    about = "a session without `exp`"
    doubtful = True

    def changed(self, claims: dict[str, Any]) -> Any:
        """Leave the claim out."""
        return {name: value for name, value in claims.items() if name != "exp"}


@session_state("endless-expiry")
class EndlessExpiry(ClaimsState):
    """Infinity to JavaScript; what some turn into an integer, and fail at."""

    pattern = "the session expires beyond all numbers"
    about = "a session whose `exp` is 1e999"
    doubtful = True

    def payload(self, claims: dict[str, Any]) -> bytes:
        """Write the number, which no float holds."""
        return json_text({**claims, "exp": 0}).replace(b'"exp":0', b'"exp":1e999')


@session_state("issued-in-the-future")
class IssuedInTheFuture(ClaimsState):
    """The libraries look at `iat` only where they are given a greatest age."""

    pattern = "the session was issued in the future"
    about = "a session whose `iat` lies a year ahead"
    doubtful = True

    def changed(self, claims: dict[str, Any]) -> Any:
        """Put the time ahead."""
        return {**claims, "iat": claims["iat"] + 365 * 24 * 3600}
