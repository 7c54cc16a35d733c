"""Sessions at, and beyond, the end of their time.

The libraries allow for clocks that are 15 s apart (`clockTolerance`); every state keeps clear of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bothends.world.sessions.issuer import LIFETIME
from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies


@session_state("expired-1h")
class Expired(SessionState):
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
    about = "a session that expired 3 s ago, which is within the tolerance for clocks"
    doubtful = True
    ago = 3


@session_state("about-to-expire")
class AboutToExpire(Expired):
    """Valid, but no longer by the clock of another time zone, or where a tolerance is taken off."""

    pattern = "the session is about to expire"
    about = "a valid session with ten seconds left"
    family = ""
    ago = -10
