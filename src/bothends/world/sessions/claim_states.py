"""States of what a session's token claims: when it ends and begins, and what is no claims at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bothends.world.sessions.base import session_state
from bothends.world.sessions.compact_serialization import json_text
from bothends.world.sessions.forge import ClaimsState
from bothends.world.sessions.sealed import LIFETIME, SealedState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.base import Cookies
    from bothends.world.sessions.sealed import Issuer


# Sessions at, and beyond, the end of their time.
#
# The libraries allow for clocks that are 15 s apart (`clockTolerance`); every state keeps clear of that.


@session_state("expired-1h")
class Expired(SealedState):
    """`exp` lies an hour back."""

    pattern = "the session has expired"
    about = "a session that expired an hour ago"
    ago: ClassVar[float] = 3600  # seconds

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session as it was issued long ago."""
        return issuer.at(issuer.now - LIFETIME - self.ago).issue(user)


@session_state("expired-1y")
class ExpiredLongAgo(Expired):
    """Further back than the error of any time zone, or of a lost day."""

    pattern = "the session expired a year ago"
    about = "a session that expired a year ago"
    ago = 365 * 24 * 3600


@session_state("expired-30s")
class JustExpired(Expired):
    """Beyond the tolerance of 15 s, by as much again."""

    pattern = "the session expired half a minute ago"
    about = "a session that expired 30 s ago"
    ago = 30


@session_state("expired-3s")
class ExpiredWithinTolerance(Expired):
    """RFC 7519 section 4.1.4: implementers may provide for some small leeway."""

    pattern = "the session expired a moment ago"
    about = "a session that expired 3 s ago, which is within the clock tolerance"
    doubtful = True
    ago = 3


@session_state("about-to-expire")
class AboutToExpire(Expired):
    """Valid, but no longer by the clock of another time zone, or where a tolerance is taken off."""

    pattern = "the session is about to expire"
    about = "a valid session with ten seconds left"
    family = ""
    ago = -10


# Sessions whose end is not told as it should be (`exp`, RFC 7519 section 4.1.4).


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
    about = "a session whose `iat` is a year in the future"
    doubtful = True

    def changed(self, claims: dict[str, Any]) -> Any:
        """Put the time ahead."""
        return {**claims, "iat": claims["iat"] + 365 * 24 * 3600}


# Sessions with a time before which they do not hold (`nbf`, RFC 7519 section 4.1.5).


@session_state("not-yet-valid")
class NotYetValid(ClaimsState):
    """`nbf` lies an hour ahead."""

    pattern = "the session is not valid yet"
    about = "a session that becomes valid in an hour"
    ahead: ClassVar[float] = 3600  # seconds

    def changed(self, claims: dict[str, Any]) -> Any:
        """Say from when it holds."""
        return {**claims, "nbf": claims["iat"] + self.ahead}


@session_state("valid-in-3s")
class NotYetValidWithinTolerance(NotYetValid):
    """As with `exp`, some leeway is allowed, and none is demanded."""

    pattern = "the session is valid in a moment"
    about = "a session that becomes valid in 3 s, which is within the clock tolerance"
    doubtful = True
    ahead = 3


@session_state("valid-since-a-minute")
class ValidSinceAMinute(NotYetValid):
    """`nbf` is met."""

    pattern = "the session is valid since a minute"
    about = "a valid session with an `nbf` a minute ago"
    family = ""
    ahead = -60


# Tokens that open, and hold no claims, or the same claim twice.


@session_state("list-of-claims")
class ListOfClaims(ClaimsState):
    """A claims set is an object (RFC 7519 section 4)."""

    pattern = "the session holds a list"
    about = "a token under the right key that contains its claims in an array"

    def changed(self, claims: dict[str, Any]) -> Any:
        """Put them into a list."""
        return [claims]


@session_state("no-claims")
class NoPayload(ClaimsState):
    """There is nothing in it, not even JSON."""

    pattern = "the session holds nothing"
    about = "a token under the right key with an empty payload"

    def payload(self, claims: dict[str, Any]) -> bytes:  # noqa: ARG002 -- none is told
        """Return nothing."""
        return b""


@session_state("text-for-claims")
class TextPayload(ClaimsState):
    """Bytes that are no JSON."""

    pattern = "the session holds text"
    about = "a token under the right key whose payload is not JSON"

    def payload(self, claims: dict[str, Any]) -> bytes:  # noqa: ARG002 -- none is told
        """Return text."""
        return b"session"


@session_state("claims-twice")
class ClaimTwice(ClaimsState):
    """RFC 7519 section 4: refuse it, or take the last one."""

    pattern = "the session names its user twice"
    about = "a session with `name` and `email` twice, the user's own last"
    doubtful = True

    def payload(self, claims: dict[str, Any]) -> bytes:
        """Write somebody else before the user."""
        return b'{"name":"Mallory","email":"mallory@example.com",' + json_text(claims)[1:]
