"""States of the key that a session's token is sealed with: another secret, another version's, another derivation."""

from __future__ import annotations

from functools import partial
from hashlib import sha512
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.base import session_state, state
from bothends.world.sessions.forge import with_token
from bothends.world.sessions.jose import encrypted, json_text
from bothends.world.sessions.sealed import SealedState, another_library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.world.sessions.base import Cookies
    from bothends.world.sessions.forge import Shown
    from bothends.world.sessions.sealed import Issuer

_sealed = partial(state, SealedState)


# Sessions under keys that are made of the right secret, and in a wrong way: code that tries one key after another
# takes them.


def _under(key: Callable[[Issuer], bytes]) -> Shown:
    """Return what shows a token under another key, cut or repeated to the length that this kind's has."""

    def token(issuer: Issuer, user: Mapping[str, Any]) -> str:
        length = len(issuer.key)
        return encrypted(issuer.header, json_text(issuer.claims(user)), (key(issuer) * length)[:length])

    return with_token(token)


def _salted_otherwise(issuer: Issuer) -> bytes:
    other = "" if issuer.library.salt(issuer.cookie) else issuer.cookie
    return issuer.library.key(issuer.secret, issuer.cookie, other)


_sealed(
    "another-derivation",
    "the session's key is derived as by another version of the library",
    "a session of this version of the library, under the key that another version derives from the same secret",
    "Each version derives its key in a way of its own.",
    cookies=_under(lambda issuer: another_library(issuer.library).key(issuer.secret, issuer.cookie)),
)
_sealed(
    "another-salt",
    "the session's key is derived with another salt",
    "a session under a key derived from the right secret with another salt",
    "Salted with the cookie's name where the library salts with nothing, and the other way round.",
    cookies=_under(_salted_otherwise),
)
_sealed(
    "no-derivation",
    "the session's key is not derived",
    "a session whose key is the digest of the secret, not a key derived from it",
    "HKDF (RFC 5869), which the library uses, is left out.",
    cookies=_under(lambda issuer: sha512(issuer.secret.encode()).digest()),
)


# Sessions of somebody who does not know the secret: made with another, or with one that is a good guess.

_sealed(
    "another-secret",
    "the session is signed with another secret",
    "a session made with a secret other than the target's",
    "Well-formed, not expired.",
    has_its_form=True,
    cookies=lambda issuer, user: issuer.with_secret(f"{issuer.secret}, but another").issue(user),
)


@session_state("secret-guessed", tried={"guess": "secret"})
class GuessedSecret(SealedState):
    """Made with a secret that a program may fall back on when it was given none."""

    pattern = "the session is signed with the secret {guess}"
    about = "a session made with a secret that is easy to guess, such as `secret`"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session with the guess."""
        return issuer.with_secret(self.parameters["guess"]).issue(user)


_sealed(
    "secret-empty",
    "the session is signed with an empty secret",
    "a session made with an empty secret",
    "Made with the secret that a variable without a value is.",
    cookies=lambda issuer, user: issuer.with_secret("").issue(user),
)


# A session that another version of the library would issue under the same secret.


def _of_another_version(issuer: Issuer, user: Mapping[str, Any]) -> str:
    return another_library(issuer.library).seal(issuer.claims(user), issuer.secret, issuer.cookie)


_sealed(
    "another-version",
    "the session is of another version of the library",
    "a session made with the same secret by another version of the session library",
    "Each version derives its key in a way of its own.",
    cookies=with_token(_of_another_version),
)
