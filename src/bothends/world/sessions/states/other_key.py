"""Sessions under keys that are made of the right secret, and in a wrong way."""

from __future__ import annotations

from abc import abstractmethod
from hashlib import sha512
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.forge import encrypted, json_text
from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.token_state import TokenState
from bothends.world.sessions.table import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer


class OtherKey(TokenState):
    """A token that is right, but for its key. Code that tries one key after another takes it."""

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Return the token under the other key, cut or repeated to the length that this kind's has."""
        found, length = self.key(issuer), len(issuer.key)
        return encrypted(issuer.header, json_text(issuer.claims(user)), (found * length)[:length])

    @abstractmethod
    def key(self, issuer: Issuer) -> bytes:
        """Return the key."""


@session_state("another-derivation")
class OtherDerivation(OtherKey):
    """The key that another version of the library derives from the secret."""

    pattern = "the session's key is derived as by another version of the library"
    about = "a session of this version, under the key that another derives from the same secret"

    def key(self, issuer: Issuer) -> bytes:
        """Return the key of the first kind that is not this one."""
        other = next(kind for kind in KINDS if kind.name != issuer.kind.name)
        return other.key(issuer.secret, issuer.cookie)


@session_state("another-salt")
class OtherSalt(OtherKey):
    """Salted with the cookie's name where the library salts with nothing, and the other way round."""

    pattern = "the session's key is derived with another salt"
    about = "a session under a key that is derived from the right secret, with another salt"

    def key(self, issuer: Issuer) -> bytes:
        """Return this kind's key with the salt that it does not have."""
        other = "" if issuer.kind.salt(issuer.cookie) else issuer.cookie
        return issuer.kind.key(issuer.secret, issuer.cookie, other)


@session_state("no-derivation")
class NoDerivation(OtherKey):
    """The secret's digest: HKDF (RFC 5869), which the library uses, is left out."""

    pattern = "the session's key is not derived"
    about = "a session under the digest of the secret, not under a key derived from it"

    def key(self, issuer: Issuer) -> bytes:
        """Return the digest."""
        return sha512(issuer.secret.encode()).digest()
