"""Tokens, read by who verifies them: encrypted and signed ones, and the key set (RFC 7515 to 7519, 8037).

It is strict: of what a token may be, it takes the one form that the kind of session makes.
"""

from __future__ import annotations

import hmac
import json
import re
import time
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

from bothends.world.sessions.jose import HASHES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

_GCM_IV, _GCM_TAG, _BLOCK, _P256_BYTES = 12, 16, 16, 32
_ENCRYPTED_PARTS = 5
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_FRESH_SECONDS = 300.0
"""How long a key set is used before it is asked for anew."""
_AGAIN_SECONDS = 1.0
"""How soon it is asked for again where a key is not in it."""


class WrongTokenError(Exception):
    """A token that is not taken; its text says why."""


def octets_of(part: str) -> bytes:
    """Return the bytes of a part of a token (RFC 4648, section 5, without padding), or raise a `WrongTokenError`."""
    if _BASE64URL.fullmatch(part) is None or len(part) % 4 == 1:
        raise WrongTokenError("a part of the token is no base64url")
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def json_object(octets: bytes) -> dict[str, Any]:
    """Return an object of JSON.

    Raises:
        WrongTokenError: It is none.
    """
    try:
        value = json.loads(octets.decode())
    except (ValueError, RecursionError) as error:
        raise WrongTokenError("a part of the token is no JSON") from error
    if not isinstance(value, dict):
        raise WrongTokenError("a part of the token is no object")
    return value


def decrypted(token: str, header: Mapping[str, Any], key: bytes) -> bytes:
    """Return what a compact JWE holds whose key both sides share.

    Args:
        token: The token.
        header: The header that it must have.
        key: The content's key.

    Raises:
        WrongTokenError: It has another header, or was made with another key.
    """
    parts = token.split(".")
    if len(parts) != _ENCRYPTED_PARTS or parts[1]:
        raise WrongTokenError("the token is none of direct encryption")
    if json_object(octets_of(parts[0])) != header:
        raise WrongTokenError("the token has another encryption, or another key")
    vector, sealed, tag = map(octets_of, parts[2:])
    authenticated = parts[0].encode()
    if header["enc"] == "A256GCM":
        if len(vector) != _GCM_IV or len(tag) != _GCM_TAG:
            raise WrongTokenError("a part of the token has another length")
        try:
            return AESGCM(key).decrypt(vector, sealed + tag, authenticated)
        except InvalidTag as error:
            raise WrongTokenError("the token has another key, or other bytes") from error
    half = len(key) // 2
    signed = authenticated + vector + sealed + (8 * len(authenticated)).to_bytes(8, "big")
    made = hmac.new(key[:half], signed, HASHES[header["enc"]]).digest()[:half]
    if len(vector) != _BLOCK or len(sealed) % _BLOCK or not hmac.compare_digest(made, tag):
        raise WrongTokenError("the token has another key, or other bytes")
    cipher = Cipher(algorithms.AES(key[half:]), modes.CBC(vector)).decryptor()
    unpadding = PKCS7(_BLOCK * 8).unpadder()
    try:
        return unpadding.update(cipher.update(sealed) + cipher.finalize()) + unpadding.finalize()
    except ValueError as error:
        raise WrongTokenError("the token has no padding") from error


def check_times(claims: Mapping[str, Any], now: float, leeway: float) -> None:
    """Raise a `WrongTokenError` where a token does not hold now (RFC 7519, section 4.1); it must have an end.

    `now` is in seconds since the epoch; `leeway` is how far the issuer's clock may be off, seconds.
    """
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WrongTokenError(f"{name} is no number")
    if "exp" not in claims or claims["exp"] <= now - leeway:
        raise WrongTokenError("the token has expired, or never does")
    if claims.get("nbf", 0) > now + leeway:
        raise WrongTokenError("the token is not valid yet")


# Signed tokens, and the keys that verify them.


def is_signed(algorithm: str, jwk: Mapping[str, Any], text: bytes, signature: bytes) -> bool:
    """Return whether a signature (`RS256`, `ES256` or `EdDSA`) is that of a text by a public key of a key set."""
    try:
        _hold_against(algorithm, jwk, text, signature)
    except (InvalidSignature, WrongTokenError, ValueError, KeyError, TypeError):
        return False
    return True


def _hold_against(algorithm: str, jwk: Mapping[str, Any], text: bytes, signature: bytes) -> None:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 -- 30 ms, when it is needed
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils  # noqa: PLC0415 -- 30 ms, when it is needed

    match algorithm:
        case "RS256":
            public = rsa.RSAPublicNumbers(_number_of(jwk["e"]), _number_of(jwk["n"])).public_key()
            public.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        case "ES256":
            if len(signature) != 2 * _P256_BYTES:
                raise WrongTokenError("the signature has another length")
            r, s = (int.from_bytes(part, "big") for part in (signature[:_P256_BYTES], signature[_P256_BYTES:]))
            point = ec.EllipticCurvePublicNumbers(_number_of(jwk["x"]), _number_of(jwk["y"]), ec.SECP256R1())
            point.public_key().verify(utils.encode_dss_signature(r, s), text, ec.ECDSA(hashes.SHA256()))
        case _:
            ed25519.Ed25519PublicKey.from_public_bytes(octets_of(jwk["x"])).verify(signature, text)


def _number_of(text: str) -> int:
    return int.from_bytes(octets_of(text), "big")


class KeySet:
    """The keys at a URL, as who verifies tokens sees them."""

    def __init__(self) -> None:
        self._keys: list[dict[str, Any]] = []
        self._asked = float("-inf")

    async def key(
        self, kid: str | None, url: str, fetch: Callable[[str], Awaitable[bytes | None]]
    ) -> dict[str, Any] | None:
        """Return the key of a name, or of no name the only one; None: it is not there.

        Args:
            kid: The name.
            url: Where the keys are.
            fetch: Returns what is there.
        """
        now = time.monotonic()
        found = self._find(kid)
        if now - self._asked > _FRESH_SECONDS or (found is None and now - self._asked > _AGAIN_SECONDS):
            octets = await fetch(url)
            try:
                keys = None if octets is None else json_object(octets).get("keys")
            except WrongTokenError:
                keys = None
            if isinstance(keys, list):
                self._keys = [key for key in keys if isinstance(key, dict)]
                self._asked = time.monotonic()
            found = self._find(kid)
        return found

    def _find(self, kid: str | None) -> dict[str, Any] | None:
        named = [key for key in self._keys if kid is None or key.get("kid") == kid]
        return named[0] if len(named) == 1 else None
