"""Credentials in `Authorization`, where the contract asks for a cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies, Headers


@session_state("bearer")
class Bearer(SessionState):
    """A valid token in the wrong place: a session that scripts can send is another matter than a cookie."""

    pattern = "the session is a bearer token"
    about = "a valid session in `Authorization: Bearer`, and no cookie"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:  # noqa: ARG002 -- there is none
        """Return none."""
        return ()

    def headers(self, issuer: Issuer, user: Mapping[str, Any]) -> Headers:
        """Issue a session."""
        return (("Authorization", f"Bearer {issuer.seal(issuer.claims(user))}"),)


@session_state("broken-bearer")
class BrokenBearer(Bearer):
    """What a reader of such tokens may stumble over."""

    pattern = "the bearer token is broken"
    about = "`Authorization: Bearer %ZZ`, and no cookie"

    def headers(self, issuer: Issuer, user: Mapping[str, Any]) -> Headers:  # noqa: ARG002 -- nobody is signed in
        """Return a credential with a bad escape in it."""
        return (("Authorization", "Bearer %ZZ"),)
