"""The caller's session, from a next-auth v4 cookie: a JWE under a key that is derived from the app's secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

if TYPE_CHECKING:
    from collections.abc import Mapping

COOKIE = "next-auth.session-token"
KEY_INFO = b"NextAuth.js Generated Encryption Key"
# How far the issuer's clock may be off, as next-auth has it.
TOLERANCE_SECONDS = 15

CHUNK = re.compile(re.escape(COOKIE) + r"\.([0-9]{1,3})", re.ASCII)
ALGORITHMS = jwe.JWERegistry(algorithms=["dir", "A256GCM"])
CLAIMS = jwt.JWTClaimsRegistry(leeway=TOLERANCE_SECONDS, exp={"essential": True})


class NoSessionError(Exception):
    """There is no valid session."""


class Sessions:
    """Reads sessions."""

    def __init__(self, secret: str) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=b"", info=KEY_INFO).derive(secret.encode())
        self._key = OctKey.import_key(key)

    def user(self, cookies: Mapping[str, str]) -> dict[str, Any]:
        """Return the session's user.

        Raises:
            NoSessionError: There is no valid session.
        """
        try:
            token = jwt.decode(read_token(cookies), self._key, registry=ALGORITHMS)
            CLAIMS.validate(token.claims)
        # joserfc lets through what the modules below it raise at a token that is not one.
        except (JoseError, ValueError, TypeError) as error:
            raise NoSessionError from error
        if token.header.keys() != {"alg", "enc"}:
            raise NoSessionError
        claims = token.claims
        user = {"name": claims.get("name"), "email": claims.get("email"), "image": claims.get("picture")}
        if not all(value is None or isinstance(value, str) for value in user.values()):
            raise NoSessionError
        if not (user["name"] or user["email"]):
            raise NoSessionError
        return user


def read_token(cookies: Mapping[str, str]) -> str:
    """Return the token; next-auth splits a long one into `.0`, `.1`, and so on."""
    if COOKIE in cookies:
        return cookies[COOKIE]
    chunks = {int(match[1]): value for name, value in cookies.items() if (match := CHUNK.fullmatch(name))}
    return "".join(chunks[number] for number in sorted(chunks))
