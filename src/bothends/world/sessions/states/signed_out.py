"""No cookie at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies


@session_state("no-session")
class SignedOut(SessionState):
    """The request carries no session cookie."""

    pattern = "signed out"
    about = "no session cookie"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:  # noqa: ARG002 -- nobody is signed in
        """Return none."""
        return ()
