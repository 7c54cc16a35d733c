"""States of the key that a session's token is sealed with: another secret, another version's, another derivation."""

from __future__ import annotations

from abc import abstractmethod
from hashlib import sha512
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.base import session_state
from bothends.world.sessions.compact_serialization import encrypted, json_text
from bothends.world.sessions.forge import TokenState
from bothends.world.sessions.sealed import SealedState, another_library

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.base import Cookies
    from bothends.world.sessions.sealed import Issuer


# Sessions under keys that are made of the right secret, and in a wrong way.


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
    about = "a session of this version of the library, under the key that another version derives from the same secret"

    def key(self, issuer: Issuer) -> bytes:
        """Return the key of the first library that is not this one."""
        other = another_library(issuer.library)
        return other.key(issuer.secret, issuer.cookie)


@session_state("another-salt")
class OtherSalt(OtherKey):
    """Salted with the cookie's name where the library salts with nothing, and the other way round."""

    pattern = "the session's key is derived with another salt"
    about = "a session under a key derived from the right secret with another salt"

    def key(self, issuer: Issuer) -> bytes:
        """Return this kind's key with the salt that it does not have."""
        other = "" if issuer.library.salt(issuer.cookie) else issuer.cookie
        return issuer.library.key(issuer.secret, issuer.cookie, other)


@session_state("no-derivation")
class NoDerivation(OtherKey):
    """The secret's digest: HKDF (RFC 5869), which the library uses, is left out."""

    pattern = "the session's key is not derived"
    about = "a session whose key is the digest of the secret, not a key derived from it"

    def key(self, issuer: Issuer) -> bytes:
        """Return the digest."""
        return sha512(issuer.secret.encode()).digest()


# Sessions of somebody who does not know the secret: made with another, or with one that is a good guess.


@session_state("another-secret")
class AnotherSecret(SealedState):
    """Well-formed, not expired, made with another secret."""

    pattern = "the session is signed with another secret"
    about = "a session made with a secret other than the target's"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session with another secret."""
        return issuer.with_secret(f"{issuer.secret}, but another").issue(user)


@session_state("secret-guessed", tried={"guess": "secret"})
class GuessedSecret(SealedState):
    """Made with a secret that a program may fall back on when it was given none."""

    pattern = "the session is signed with the secret {guess}"
    about = "a session made with a secret that is easy to guess, such as `secret`"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session with the guess."""
        return issuer.with_secret(self.parameters["guess"]).issue(user)


@session_state("secret-empty")
class EmptySecret(SealedState):
    """Made with the secret that a variable without a value is."""

    pattern = "the session is signed with an empty secret"
    about = "a session made with an empty secret"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session with nothing for a secret."""
        return issuer.with_secret("").issue(user)


# A session that another version of the library would issue under the same secret.


@session_state("another-version")
class OtherVersion(TokenState):
    """Each version derives its key in a way of its own."""

    pattern = "the session is of another version of the library"
    about = "a session made with the same secret by another version of the session library"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Return the token of the first library that is not this one."""
        other = another_library(issuer.library)
        return other.seal(issuer.claims(user), issuer.secret, issuer.cookie)
