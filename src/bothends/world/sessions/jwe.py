"""Encrypted tokens: compact JWE (RFC 7516) under a key that is derived from the session secret."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joserfc.jwk import OctKey


@lru_cache(maxsize=64)
def derive(secret: str, salt: str, info: str, length: int) -> bytes:
    """Derive a key with HKDF-SHA256 (RFC 5869).

    Args:
        secret: Input keying material, as UTF-8.
        salt: Salt, as UTF-8.
        info: Context, as UTF-8.
        length: Bytes wanted.
    """
    return HKDF(SHA256(), length, salt.encode(), info.encode()).derive(secret.encode())


@lru_cache(maxsize=64)
def _oct_key(key: bytes) -> OctKey:
    from joserfc.jwk import OctKey  # noqa: PLC0415 -- takes 0.15 s to import, which `bothends --help` should not

    return OctKey.import_key(key)


def seal(header: Mapping[str, str], claims: Mapping[str, Any], key: bytes) -> str:
    """Encrypt claims.

    Args:
        header: The protected header; `alg` and `enc` say how.
        claims: The payload.
        key: The key, of the length that `enc` wants.
    """
    from joserfc import jwe  # noqa: PLC0415 -- as above

    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    return jwe.encrypt_compact(dict(header), payload, _oct_key(key), algorithms=[header["alg"], header["enc"]])
