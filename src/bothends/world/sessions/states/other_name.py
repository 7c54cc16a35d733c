"""A session in the cookie of a site that is served otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies

_SECURE = "__Secure-"  # RFC 6265bis section 4.1.3.1


@session_state("other-prefix")
class OtherPrefix(SessionState):
    """The libraries name the cookie `__Secure-…` on https, and without that on http."""

    pattern = "the session is in the cookie of the other scheme"
    about = "a valid session under the cookie name with `__Secure-` added, or taken off"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session under the other name."""
        bare = issuer.cookie.removeprefix(_SECURE)
        return replace(issuer, cookie=bare if bare != issuer.cookie else _SECURE + bare).issue(user)


@session_state("longer-name")
class LongerName(SessionState):
    """Found by code that looks for the name's end alone; whoever may set a cookie could so bring a session along."""

    pattern = "the session is in a cookie whose name ends alike"
    about = "a valid session under the cookie name with `x-` before it, and no other"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session under the longer name."""
        return replace(issuer, cookie=f"x-{issuer.cookie}").issue(user)
