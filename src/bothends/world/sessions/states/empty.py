"""A cookie with an empty value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies


@session_state("empty")
class Empty(SessionState):
    """The cookie is there and has no value."""

    pattern = "the session is empty"
    about = "a session cookie with an empty value"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:  # noqa: ARG002 -- nobody is signed in
        """Return an empty cookie."""
        return ((issuer.cookie, ""),)
