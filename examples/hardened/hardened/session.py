"""The caller's session, from a next-auth v4 cookie.

The cookie is a compact JWE (RFC 7516), encrypted with a key that is derived from the app's secret
(next-auth 4, `jwt/index.ts`); a long one is split into chunks (`core/lib/cookie.ts`). next-auth takes
other algorithms than those it issues, and tokens that never expire: this endpoint does not.
"""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from hardened import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsonschema_rs import Draft202012Validator

TOLERANCE = 15
"""How far the issuer's clock may be off, seconds (next-auth's `clockTolerance`)."""

_KEY_INFO = b"NextAuth.js Generated Encryption Key"
_KEY_BYTES = 32
_ALGORITHM = {"alg": "dir", "enc": "A256GCM"}
_REGISTRY = jwe.JWERegistry(algorithms=list(_ALGORITHM.values()))
# Five parts; the second, the encrypted key, is empty with `dir` (RFC 7518 section 4.5).
_TOKEN = re.compile(r"([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{22})", re.ASCII)
_LONGEST_TOKEN = 65_536


class NoSessionError(Exception):
    """The request has no valid session."""


class Sessions:
    """Reads sessions from cookies."""

    def __init__(self, secret: str, cookie: str, user: Draft202012Validator) -> None:
        """Derive the key.

        Args:
            secret: The app's secret.
            cookie: Name of the session's cookie.
            user: Validator of the user that a session holds.
        """
        derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=b"", info=_KEY_INFO).derive(secret.encode())
        self._key = OctKey.import_key(derived)
        self._cookie = cookie
        self._chunk = re.compile(re.escape(cookie) + r"\.(0|[1-9][0-9]{0,3})")
        self._user = user

    def user(self, cookie_headers: Iterable[str]) -> dict[str, Any]:
        """Return the session's user: name, email and image, null where the session has none.

        Args:
            cookie_headers: The request's `Cookie` headers, in order.

        Raises:
            NoSessionError: There is no valid session.
        """
        claims = self._claims(self._token(cookies(cookie_headers)))
        now = time.time()
        if not _is_number(claims.get("exp")) or claims["exp"] <= now - TOLERANCE:
            raise NoSessionError("it has expired, or has no expiry")
        if "nbf" in claims and not (_is_number(claims["nbf"]) and claims["nbf"] <= now + TOLERANCE):
            raise NoSessionError("it is not valid yet")
        if "iat" in claims and not _is_number(claims["iat"]):
            raise NoSessionError("it has no time of issue")
        user = {"name": claims.get("name"), "email": claims.get("email"), "image": claims.get("picture")}
        if not (user["name"] or user["email"]) or not self._user.is_valid(user):
            raise NoSessionError("it does not say who the user is")
        return user

    def _token(self, jar: dict[str, str]) -> str:
        if self._cookie in jar:
            return jar[self._cookie]
        chunks = {int(match[1]): value for name, value in jar.items() if (match := self._chunk.fullmatch(name))}
        return "".join(chunks[number] for number in sorted(chunks))

    def _claims(self, token: str) -> dict[str, Any]:
        match = _TOKEN.fullmatch(token)
        if match is None or len(token) > _LONGEST_TOKEN or not all(map(_is_canonical, match.groups())):
            raise NoSessionError("not a token of the form that is issued")
        try:
            header = json_text.loads(_decode(match[1]))
            # Nothing but these, so that neither `zip` nor `crit` nor a key's address is ever looked at.
            if header != _ALGORITHM:
                raise NoSessionError("not encrypted as issued tokens are")
            claims = json_text.loads(jwe.decrypt_compact(token, self._key, registry=_REGISTRY).plaintext or b"")
        except (JoseError, ValueError) as error:
            raise NoSessionError("it can't be decrypted") from error
        if not isinstance(claims, dict):
            raise NoSessionError("it holds no claims")
        return claims


def cookies(headers: Iterable[str]) -> dict[str, str]:
    """Return the cookies by name: of several by one name, the first, as next-auth's parser has it.

    Args:
        headers: The request's `Cookie` headers, in order.
    """
    jar: dict[str, str] = {}
    for pair in ";".join(headers).split(";"):
        name, equals, value = pair.partition("=")
        if equals:
            value = value.strip(" \t")
            quoted = len(value) > 1 and value[0] == value[-1] == '"'
            jar.setdefault(name.strip(" \t"), unquote(value[1:-1] if quoted else value))
    return jar


def _decode(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _is_canonical(part: str) -> bool:
    """Whether a part is the only way to write its bytes: else a token could be altered and still be valid."""
    return len(part) % 4 != 1 and urlsafe_b64encode(_decode(part)).rstrip(b"=").decode() == part


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
