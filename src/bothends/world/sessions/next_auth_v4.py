"""Sessions of next-auth 4: `packages/next-auth/src/jwt/index.ts` and `core/lib/cookie.ts` of that library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.jwe import derive, seal

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class NextAuthV4:
    """A compact JWE, `dir` with `A256GCM`, under a key that depends on the secret alone."""

    name = "next-auth-v4"
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
        return seal(_HEADER, claims, self.key(secret, cookie))
