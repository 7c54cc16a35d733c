"""The session kinds of next-auth 4 and Auth.js 5: an encrypted token in a cookie."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha512
from typing import TYPE_CHECKING, Any, ClassVar

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bothends.contract.tables import SESSIONS
from bothends.world.sessions.jose import base64url, encrypted, json_text
from bothends.world.sessions.jose_reading import decrypted
from bothends.world.sessions.sealed import SealedSession, with_cookie

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.sealed import SealingLibrary


# The key is derived from the session secret.


@lru_cache(maxsize=64)
def derive(secret: str, salt: str, info: str, length: int) -> bytes:
    """Derive a key of `length` bytes with HKDF-SHA256 (RFC 5869)."""
    return HKDF(SHA256(), length, salt.encode(), info.encode()).derive(secret.encode())


# Sessions of next-auth 4: `packages/next-auth/src/jwt/index.ts` and `core/lib/cookie.ts` of that library.

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class NextAuthV4:
    """A compact JWE, `dir` with `A256GCM`, under a key that depends on the secret alone."""

    chunk = 3933  # 4096 less the 163 bytes that the library allows for the cookie's name and attributes

    def salt(self, cookie: str) -> str:  # noqa: ARG002 -- Auth.js salts with it
        """Return the salt, which is empty."""
        return ""

    def key(self, secret: str, cookie: str, salt: str | None = None) -> bytes:
        """Return the 32 bytes that the token is encrypted with."""
        salted = self.salt(cookie) if salt is None else salt
        return derive(secret, salted, "NextAuth.js Generated Encryption Key", 32)

    def header(self, key: bytes) -> dict[str, str]:  # noqa: ARG002 -- Auth.js names it
        """Return the header, the same for all."""
        return dict(_HEADER)

    def seal(self, claims: Mapping[str, Any], secret: str, cookie: str) -> str:
        """Return the token that holds the claims."""
        return encrypted(_HEADER, json_text(claims), self.key(secret, cookie))

    def opened(self, token: str, secret: str, cookie: str) -> bytes:
        """Return what a token holds."""
        return decrypted(token, _HEADER, self.key(secret, cookie))


@SESSIONS.add
class NextAuthV4Session(SealedSession):
    """Plays `kind = "next-auth-v4"`."""

    kind = "next-auth-v4"
    about = "sessions of next-auth 4: an encrypted token in a cookie"
    schema: ClassVar[Mapping[str, Any]] = with_cookie("next-auth.session-token")
    library: ClassVar[SealingLibrary] = NextAuthV4()


# Sessions of Auth.js (next-auth 5): `packages/core/src/jwt.ts` and `lib/utils/cookie.ts` of that library.


@lru_cache(maxsize=64)
def thumbprint(key: bytes) -> str:
    """Return the SHA-512 thumbprint of a symmetric key (RFC 7638), which names it in `kid`."""
    members = json.dumps({"k": base64url(key), "kty": "oct"}, separators=(",", ":"))
    return base64url(sha512(members.encode()).digest())


class AuthJsV5:
    """A compact JWE, `dir` with `A256CBC-HS512`, under a key that depends on the secret and the cookie's name."""

    chunk = 3936  # 4096 less the 160 bytes that the library allows for the cookie's name and attributes

    def salt(self, cookie: str) -> str:
        """Return the salt, which is the cookie's name."""
        return cookie

    def key(self, secret: str, cookie: str, salt: str | None = None) -> bytes:
        """Return the 64 bytes that the token is encrypted with."""
        salted = self.salt(cookie) if salt is None else salt
        return derive(secret, salted, f"Auth.js Generated Encryption Key ({cookie})", 64)

    def header(self, key: bytes) -> dict[str, str]:
        """Return the header, which names the key."""
        return {"alg": "dir", "enc": "A256CBC-HS512", "kid": thumbprint(key)}

    def seal(self, claims: Mapping[str, Any], secret: str, cookie: str) -> str:
        """Return the token that holds the claims."""
        key = self.key(secret, cookie)
        return encrypted(self.header(key), json_text(claims), key)

    def opened(self, token: str, secret: str, cookie: str) -> bytes:
        """Return what a token holds."""
        key = self.key(secret, cookie)
        return decrypted(token, self.header(key), key)


@SESSIONS.add
class AuthJsV5Session(SealedSession):
    """Plays `kind = "auth-js-v5"`."""

    kind = "auth-js-v5"
    about = "sessions of Auth.js, which is next-auth 5: an encrypted token in a cookie"
    schema: ClassVar[Mapping[str, Any]] = with_cookie("authjs.session-token")
    library: ClassVar[SealingLibrary] = AuthJsV5()
