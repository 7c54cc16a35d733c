"""A cookie that holds no token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies


@session_state("garbage")
class Garbage(SessionState):
    """Cookie-safe text (RFC 6265 section 4.1.1) of five parts that decode to nothing."""

    pattern = "the session is garbage"
    about = "a session cookie whose value is no token"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:  # noqa: ARG002 -- nobody is signed in
        """Return a cookie of garbage."""
        return ((issuer.cookie, "gar!bage.-.%ZZ.~.="),)
