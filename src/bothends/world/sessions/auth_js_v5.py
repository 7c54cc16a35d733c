"""Sessions of Auth.js (next-auth 5): `packages/core/src/jwt.ts` and `lib/utils/cookie.ts` of that library."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha512
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.jwe import derive, seal

if TYPE_CHECKING:
    from collections.abc import Mapping


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@lru_cache(maxsize=64)
def thumbprint(key: bytes) -> str:
    """Return the SHA-512 thumbprint of a symmetric key (RFC 7638), which names it in `kid`."""
    members = json.dumps({"k": _base64url(key), "kty": "oct"}, separators=(",", ":"))
    return _base64url(sha512(members.encode()).digest())


class AuthJsV5:
    """A compact JWE, `dir` with `A256CBC-HS512`, under a key that depends on the secret and the cookie's name."""

    name = "auth-js-v5"
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
        return seal(self.header(key), claims, key)
