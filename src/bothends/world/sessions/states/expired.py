"""A session that was valid an hour ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.issuer import LIFETIME
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies

_AGO = 3600  # seconds: far from the libraries' tolerance of 15 s, and less than a time zone's error would hide


class Expired(SessionState):
    """`exp` lies an hour back."""

    pattern = "the session has expired"
    about = "a session that expired an hour ago"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session as it was issued long ago."""
        return issuer.at(issuer.now - LIFETIME - _AGO).issue(user)
