"""Tokens in the compact serialization: JWE (RFC 7516) and JWS (RFC 7515), put together part by part.

A library that makes tokens also checks what it makes. What is wanted here is as well a token that is wrong in one
respect and right in all others, so the parts are made by the ciphers themselves. Right ones are made the same way.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

if TYPE_CHECKING:
    from collections.abc import Mapping


# RFC 7518 sections 5.2 and 5.3: bytes of the whole key, and the hash of those that combine two ciphers.
CONTENT_KEYS = {"A256GCM": 32, "A128CBC-HS256": 32, "A256CBC-HS512": 64}
_HASHES = {"A128CBC-HS256": hashlib.sha256, "A256CBC-HS512": hashlib.sha512}
_GCM_IV, _GCM_TAG, _BLOCK = 12, 16, 16  # bytes


def base64url(data: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def json_text(value: Any) -> bytes:
    """Return compact JSON in UTF-8."""
    return _COMPACT.encode(value).encode()


def encrypted(header: Mapping[str, Any], payload: bytes, key: bytes, wrapped: bytes = b"") -> str:
    """Return a compact JWE (RFC 7516 section 7.1), whatever else its header says.

    Args:
        header: The protected header; `enc` says how the payload is encrypted.
        payload: What is encrypted, as it is.
        key: The content's key, of the length that `enc` wants.
        wrapped: The encrypted key; empty where `key` is the key that both sides share.
    """
    usual = all(type(value) is str for value in header.values())
    head = _encoded(tuple(header.items())) if usual else base64url(json_text(dict(header)))
    parts = content(header["enc"], payload, key, head.encode())
    return ".".join((head, base64url(wrapped), *map(base64url, parts)))


@lru_cache(maxsize=64)
def _encoded(header: tuple[tuple[str, str], ...]) -> str:
    """Return a protected header, encoded: each request has a token of its own, and most of them the same header."""
    return base64url(json_text(dict(header)))


@lru_cache(maxsize=64)
def _aes_gcm(key: bytes) -> AESGCM:
    return AESGCM(key)


def content(enc: str, payload: bytes, key: bytes, authenticated: bytes) -> tuple[bytes, bytes, bytes]:
    """Encrypt content (RFC 7518 section 5).

    Args:
        enc: How, a key of `CONTENT_KEYS`.
        payload: What.
        key: The content's key.
        authenticated: What is authenticated beside it: the protected header, encoded.

    Returns:
        Initialization vector, ciphertext and tag.
    """
    if enc == "A256GCM":
        vector = os.urandom(_GCM_IV)
        sealed = _aes_gcm(key).encrypt(vector, payload, authenticated)
        return vector, sealed[:-_GCM_TAG], sealed[-_GCM_TAG:]
    half = len(key) // 2
    vector = os.urandom(_BLOCK)
    padder = PKCS7(_BLOCK * 8).padder()
    encryptor = Cipher(algorithms.AES(key[half:]), modes.CBC(vector)).encryptor()
    ciphertext = encryptor.update(padder.update(payload) + padder.finalize()) + encryptor.finalize()
    signed = authenticated + vector + ciphertext + (8 * len(authenticated)).to_bytes(8, "big")
    return vector, ciphertext, hmac.new(key[:half], signed, _HASHES[enc]).digest()[:half]


def signed(header: Mapping[str, Any], payload: bytes, key: bytes | None) -> str:
    """Return a compact JWS (RFC 7515 section 7.1), signed with HMAC-SHA256.

    Args:
        header: The protected header; nothing looks at what it says.
        payload: What is signed.
        key: What it is signed with; None: it has no signature.
    """
    text = f"{base64url(json_text(dict(header)))}.{base64url(payload)}"
    signature = b"" if key is None else hmac.new(key, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64url(signature)}"
