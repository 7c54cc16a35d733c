"""Readers of sessions that are sealed into cookies: compact JWE (RFC 7516) as next-auth and Auth.js make them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from functools import lru_cache
from itertools import count, takewhile
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.padding import PKCS7

from bothends.mock.credentials.readers import Asking, Known, Sources, reader

_LEEWAY = 15
"""How far the issuer's clock may be off, seconds: as these libraries have it."""
_IV, _TAG, _HALF, _CBC_IV = 12, 16, 32, 16
_PARTS = 5
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class TokenError(Exception):
    """What is no session of the library's."""


@lru_cache(maxsize=256)
def _derived(secret: str, salt: str, info: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt.encode(), info.encode()).derive(secret.encode())


def octets_of(part: str) -> bytes:
    """Return the bytes of a part of a token (RFC 4648, section 5, without padding).

    Raises:
        TokenError: It is in another coding.
    """
    if _BASE64URL.fullmatch(part) is None:
        raise TokenError("no base64url")
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise TokenError("no base64url") from error


@reader("next-auth-v4", "auth-js-v5")
class CookieReader:
    """Opens the cookie of one scheme."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._cookie: str = sources.session.values["cookie"]
        self._open = _open_v4 if sources.session.name == "next-auth-v4" else _open_v5

    async def known(self, asking: Asking) -> Known | None:
        """Return the user of the session, if it is one."""
        secret = self._sources.session.values.get("secret") or self._sources.value("secret")
        cookies = asking.cookies
        chunks = takewhile(cookies.__contains__, (f"{self._cookie}.{number}" for number in count()))
        names = [self._cookie] if self._cookie in cookies else list(chunks)
        token = "".join(cookies[name] for name in names)
        if not secret or not token:
            return None
        try:
            claims = self._open(token, secret, self._cookie)
            return _user(claims, asking.now)
        except TokenError:
            return None


def _parted(token: str) -> tuple[list[str], dict[str, Any]]:
    parts = token.split(".")
    if len(parts) != _PARTS or parts[1]:
        raise TokenError("no direct encryption")
    try:
        header = json.loads(octets_of(parts[0]).decode())
    except (ValueError, RecursionError) as error:
        raise TokenError("no header") from error
    if not isinstance(header, dict):
        raise TokenError("no header")
    return parts, header


def _open_v4(token: str, secret: str, _cookie: str) -> bytes:
    parts, header = _parted(token)
    if header != {"alg": "dir", "enc": "A256GCM"}:
        raise TokenError("another encryption")
    vector, sealed, tag = (octets_of(part) for part in parts[2:])
    if len(vector) != _IV or len(tag) != _TAG:
        raise TokenError("a part of another length")
    key = _derived(secret, "", "NextAuth.js Generated Encryption Key", 32)
    try:
        return AESGCM(key).decrypt(vector, sealed + tag, parts[0].encode())
    except InvalidTag as error:
        raise TokenError("another key, or other bytes") from error


def _open_v5(token: str, secret: str, cookie: str) -> bytes:
    parts, header = _parted(token)
    key = _derived(secret, cookie, f"Auth.js Generated Encryption Key ({cookie})", 64)
    if header != {"alg": "dir", "enc": "A256CBC-HS512", "kid": _thumbprint(key)}:
        raise TokenError("another encryption, or another key")
    vector, sealed, tag = (octets_of(part) for part in parts[2:])
    authenticated = parts[0].encode()
    octets = authenticated + vector + sealed + (len(authenticated) * 8).to_bytes(8, "big")
    made = hmac.digest(key[:_HALF], octets, hashlib.sha512)[:_HALF]
    if len(vector) != _CBC_IV or len(sealed) % _CBC_IV or not hmac.compare_digest(made, tag):
        raise TokenError("another key, or other bytes")
    cipher = Cipher(algorithms.AES(key[_HALF:]), modes.CBC(vector)).decryptor()
    unpadding = PKCS7(128).unpadder()
    try:
        return unpadding.update(cipher.update(sealed) + cipher.finalize()) + unpadding.finalize()
    except ValueError as error:
        raise TokenError("no padding") from error


@lru_cache(maxsize=64)
def _thumbprint(key: bytes) -> str:
    coded = base64.urlsafe_b64encode(key).rstrip(b"=").decode()
    members = json.dumps({"k": coded, "kty": "oct"}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha512(members.encode()).digest()).rstrip(b"=").decode()


def _user(payload: bytes, now: float) -> Known:
    try:
        claims = json.loads(payload.decode())
    except (ValueError, RecursionError) as error:
        raise TokenError("no claims") from error
    if not isinstance(claims, dict):
        raise TokenError("no claims")
    check_times(claims, now, _LEEWAY)
    user = {"name": claims.get("name"), "email": claims.get("email"), "image": claims.get("picture")}
    if not all(isinstance(value, str | None) for value in user.values()) or not (user["name"] or user["email"]):
        raise TokenError("nobody's session")
    subject = claims.get("sub")
    return Known(subject if isinstance(subject, str) else json.dumps(user, sort_keys=True), user)


def check_times(claims: dict[str, Any], now: float, leeway: float) -> None:
    """Check when a token holds (RFC 7519, section 4.1): it must have an end.

    Raises:
        TokenError: It does not hold now.
    """
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TokenError(f"{name} is no number")
    if "exp" not in claims or claims["exp"] <= now - leeway:
        raise TokenError("it has expired, or never does")
    if claims.get("nbf", 0) > now + leeway:
        raise TokenError("it is not valid yet")
