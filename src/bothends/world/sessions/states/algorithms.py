"""Sessions under the right key, encrypted in a way that the library does not issue.

next-auth 4 names no algorithm that it takes, so that all that its library knows will do.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from bothends.world.sessions.forge import CONTENT_KEYS, base64url, encrypted, json_text
from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.token_state import TokenState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer

_KEY_BYTES = 32
_GCM_IV, _GCM_TAG = 12, 16  # bytes
_ROUNDS = 1000  # the least that RFC 7518 section 4.8.1.2 recommends
_ENDLESS = 100_000_000  # some 30 s of a processor's time, where the libraries stop at 10,000


@session_state("wrapped-key")
class WrappedKey(TokenState):
    """The content's key is wrapped with the session key (RFC 7518 section 4.4)."""

    pattern = "the session's key is wrapped"
    about = "a session with `alg` A256KW under the session key"
    doubtful = True

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Encrypt with a fresh key, and wrap that."""
        enc = issuer.header["enc"]
        fresh = os.urandom(CONTENT_KEYS[enc])
        header, wrapped = self.wrap(issuer.key, fresh)
        return encrypted({**header, "enc": enc}, json_text(issuer.claims(user)), fresh, wrapped)

    def wrap(self, key: bytes, fresh: bytes) -> tuple[dict[str, Any], bytes]:
        """Return header members, and the fresh key as it is told.

        Args:
            key: The session key.
            fresh: The content's key.
        """
        return {"alg": "A256KW"}, aes_key_wrap(key[:_KEY_BYTES], fresh)


@session_state("wrapped-key-gcm")
class GcmWrappedKey(WrappedKey):
    """The content's key is encrypted with AES-GCM (RFC 7518 section 4.7)."""

    pattern = "the session's key is wrapped by GCM"
    about = "a session with `alg` A256GCMKW under the session key"

    def wrap(self, key: bytes, fresh: bytes) -> tuple[dict[str, Any], bytes]:
        """Encrypt the fresh key."""
        vector = os.urandom(_GCM_IV)
        sealed = AESGCM(key[:_KEY_BYTES]).encrypt(vector, fresh, None)
        header = {"alg": "A256GCMKW", "iv": base64url(vector), "tag": base64url(sealed[-_GCM_TAG:])}
        return header, sealed[:-_GCM_TAG]


@session_state("wrapped-key-password")
class PasswordWrappedKey(WrappedKey):
    """The session key is taken for a password (RFC 7518 section 4.8)."""

    pattern = "the session's key is wrapped by a password"
    about = "a session with `alg` PBES2-HS256+A128KW, whose password is the session key"

    def wrap(self, key: bytes, fresh: bytes) -> tuple[dict[str, Any], bytes]:
        """Derive a key from the password, and wrap the fresh key with it."""
        salt = os.urandom(16)
        derived = PBKDF2HMAC(SHA256(), 16, b"PBES2-HS256+A128KW\0" + salt, _ROUNDS).derive(key)
        return {**_password_header(salt), "p2c": _ROUNDS}, aes_key_wrap(derived, fresh)


@session_state("endless-key-work")
class EndlessPassword(WrappedKey):
    """To find that it is wrong takes half a minute of whoever does not look at the number first."""

    pattern = "the session's key takes endless work"
    about = "a token with `alg` PBES2-HS256+A128KW that asks for 100,000,000 rounds"
    doubtful = False

    def wrap(self, key: bytes, fresh: bytes) -> tuple[dict[str, Any], bytes]:
        """Ask for more rounds than were made: nobody should get so far as to notice."""
        salt = os.urandom(16)
        return {**_password_header(salt), "p2c": _ENDLESS}, aes_key_wrap(key[:16], fresh)


@session_state("another-cipher")
class OtherCipher(TokenState):
    """`dir`, under a part of the session key, by a cipher of 256 bits in all (RFC 7518 section 5.2.3)."""

    pattern = "the session is encrypted by another cipher"
    about = "a session with `enc` A128CBC-HS256 under the first 32 bytes of the session key"
    doubtful = True

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Encrypt by the other cipher."""
        header = {**issuer.header, "enc": "A128CBC-HS256"}
        return encrypted(header, json_text(issuer.claims(user)), issuer.key[: CONTENT_KEYS["A128CBC-HS256"]])


def _password_header(salt: bytes) -> dict[str, Any]:
    return {"alg": "PBES2-HS256+A128KW", "p2s": base64url(salt)}
