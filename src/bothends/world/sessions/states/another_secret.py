"""Sessions of somebody who does not know the secret: made with another, or with one that is a good guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies


@session_state("another-secret")
class AnotherSecret(SessionState):
    """Well-formed, not expired, made with another secret."""

    pattern = "the session is signed with another secret"
    about = "a session made with a secret that is not the target's"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session with another secret."""
        return issuer.with_secret(f"{issuer.secret}, but another").issue(user)


@session_state("secret-guessed", tried={"guess": "secret"})
class GuessedSecret(SessionState):
    """Made with a secret that a program may fall back on when it was given none."""

    pattern = "the session is signed with the secret {guess}"
    about = "a session made with a secret that anyone may guess, such as `secret`"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session with the guess."""
        return issuer.with_secret(self.parameters["guess"]).issue(user)


@session_state("secret-empty")
class EmptySecret(SessionState):
    """Made with the secret that a variable without a value is."""

    pattern = "the session is signed with an empty secret"
    about = "a session made with a secret of no characters"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session with nothing for a secret."""
        return issuer.with_secret("").issue(user)
