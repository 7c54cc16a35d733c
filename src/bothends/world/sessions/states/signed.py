"""Signed tokens where an encrypted one belongs: what a reader that takes either would be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bothends.world.sessions.forge import json_text, signed
from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.token_state import TokenState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer


@session_state("unsigned")
class Unsigned(TokenState):
    """Anybody can write it (RFC 8725 section 2.1)."""

    pattern = "the session is an unsigned token"
    about = "a JWT with `alg` none"
    algorithm: ClassVar[str] = "none"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Return the claims in a signed token."""
        return signed({"alg": self.algorithm, "typ": "JWT"}, json_text(issuer.claims(user)), self.key(issuer))

    def key(self, issuer: Issuer) -> bytes | None:  # noqa: ARG002 -- others sign
        """Return what it is signed with."""
        return None


@session_state("signed-with-secret")
class SignedWithSecret(Unsigned):
    """Signed with the secret itself, as next-auth 3 did: not what its successors issue."""

    pattern = "the session is signed with the secret, not encrypted"
    about = "a JWT with `alg` HS256, signed with the session secret"
    algorithm = "HS256"

    def key(self, issuer: Issuer) -> bytes | None:
        """Return the secret."""
        return issuer.secret.encode()


@session_state("signed-with-key")
class SignedWithKey(Unsigned):
    """Signed with the key that is for encryption."""

    pattern = "the session is signed with the key, not encrypted"
    about = "a JWT with `alg` HS256, signed with the key that sessions are encrypted with"
    algorithm = "HS256"

    def key(self, issuer: Issuer) -> bytes | None:
        """Return the derived key."""
        return issuer.key
