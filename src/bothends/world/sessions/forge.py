"""Session states that differ in one token, or in what the token says: such as libraries never issue."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.compact_serialization import encrypted, json_text
from bothends.world.sessions.sealed import SealedState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.base import Cookies
    from bothends.world.sessions.sealed import Issuer


class TokenState(SealedState):
    """The session's cookie holds a token that is out of the ordinary."""

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Return the cookie with the token in it."""
        return issuer.cookies(self.token(issuer, user))

    @abstractmethod
    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Return the token.

        Args:
            issuer: Issues valid sessions, for now.
            user: Who is, or would be, signed in.
        """


class ClaimsState(TokenState):
    """A token that is made as it should be, and says something out of the ordinary."""

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Return the token of the changed claims."""
        return encrypted(issuer.header, self.payload(issuer.claims(user)), issuer.key)

    def payload(self, claims: dict[str, Any]) -> bytes:
        """Return what is encrypted."""
        return json_text(self.changed(claims))

    def changed(self, claims: dict[str, Any]) -> Any:
        """Return the claims as this state has them.

        Args:
            claims: Those of a valid session, issued now.
        """
        return claims
