"""A session of somebody who does not know the secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies


class AnotherSecret(SessionState):
    """Well-formed, not expired, made with another secret."""

    pattern = "the session is signed with another secret"
    about = "a session made with a secret that is not the target's"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session with another secret."""
        return issuer.with_secret(f"{issuer.secret}, but another").issue(user)
