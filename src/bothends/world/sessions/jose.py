"""Tokens, part by part, with the ciphers of `cryptography`: encrypted and signed ones (RFC 7515 to 7518, 8037).

A library that makes tokens also checks what it makes. What is wanted here is as well a token that is wrong in one
respect and right in all others, so the parts are made by the ciphers themselves. Right ones are made the same way.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey


# Encrypted tokens (JWE), and the parts of any.

# RFC 7518 sections 5.2 and 5.3: bytes of the whole key, and the hash of those that combine two ciphers.
CONTENT_KEYS = {"A256GCM": 32, "A128CBC-HS256": 32, "A256CBC-HS512": 64}
HASHES = {"A128CBC-HS256": hashlib.sha256, "A256CBC-HS512": hashlib.sha512}
_GCM_IV, _GCM_TAG, _BLOCK = 12, 16, 16  # bytes


def base64url(data: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def json_text(value: Any) -> bytes:
    """Return compact JSON in UTF-8."""
    return _COMPACT.encode(value).encode()


def encrypted(header: Mapping[str, Any], payload: bytes, key: bytes, wrapped: bytes = b"") -> str:
    """Return a compact JWE (RFC 7516 section 7.1), whatever its header says but `enc`, how the payload is encrypted.

    The content's key has the length that `enc` wants; where both sides share it, there is no `wrapped` one.
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
    return vector, ciphertext, hmac.new(key[:half], signed, HASHES[enc]).digest()[:half]


def signed(header: Mapping[str, Any], payload: bytes, key: bytes | None) -> str:
    """Return a compact JWS (RFC 7515 section 7.1), whatever its header says: HMAC-SHA256, or unsigned."""
    text = f"{base64url(json_text(dict(header)))}.{base64url(payload)}"
    signature = b"" if key is None else hmac.new(key, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64url(signature)}"


# Signed tokens (JWS), and their keys.

ALGORITHMS = ("RS256", "ES256", "EdDSA", "HS256")
_P256_BYTES = 32
_RSA_BITS = 2048
_RSA_EXPONENT = 65537


def new_key(algorithm: str, kid: str) -> SigningKey:
    """Return a new key pair of an algorithm with public keys."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 -- 30 ms, when it is needed

    made: PrivateKey
    match algorithm:
        case "RS256":
            made = rsa.generate_private_key(_RSA_EXPONENT, _RSA_BITS)
        case "ES256":
            made = ec.generate_private_key(ec.SECP256R1())
        case _:
            made = ed25519.Ed25519PrivateKey.generate()
    return SigningKey(algorithm, kid, made)


@dataclass(frozen=True)
class SigningKey:
    """A key pair.

    Attributes:
        algorithm: `RS256`, `ES256` or `EdDSA`.
        kid: Its name in a key set.
        private: The private key.
    """

    algorithm: str
    kid: str
    private: Any

    def signature(self, text: bytes) -> bytes:
        """Return the signature of a text, as RFC 7518 section 3 and RFC 8037 section 3.1 have it."""
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 -- as above
        from cryptography.hazmat.primitives.asymmetric import ec, padding, utils  # noqa: PLC0415 -- as above

        match self.algorithm:
            case "RS256":
                made: bytes = self.private.sign(text, padding.PKCS1v15(), hashes.SHA256())
            case "ES256":
                r, s = utils.decode_dss_signature(self.private.sign(text, ec.ECDSA(hashes.SHA256())))
                made = r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")
            case _:
                made = self.private.sign(text)
        return made

    @cached_property
    def jwk(self) -> dict[str, str]:
        """The public key, as it stands in a key set."""
        public = self.private.public_key()
        about = {"kid": self.kid, "use": "sig", "alg": self.algorithm}
        match self.algorithm:
            case "RS256":
                numbers = public.public_numbers()
                return {**about, "kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
            case "ES256":
                numbers = public.public_numbers()
                x, y = (base64url(value.to_bytes(_P256_BYTES, "big")) for value in (numbers.x, numbers.y))
                return {**about, "kty": "EC", "crv": "P-256", "x": x, "y": y}
            case _:
                return {**about, "kty": "OKP", "crv": "Ed25519", "x": base64url(public.public_bytes_raw())}

    @cached_property
    def pem(self) -> bytes:
        """The public key in PEM, which everybody may know."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 -- as above

        made: bytes = self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return made


@dataclass(frozen=True)
class SharedKey:
    """A secret that both sides know.

    Attributes:
        secret: The secret.
        kid: Its name; empty: it has none.
    """

    secret: str
    kid: str = ""
    algorithm: str = "HS256"

    def signature(self, text: bytes) -> bytes:
        """Return the signature of a text: HMAC with SHA-256."""
        return hs256(self.secret.encode(), text)


Key = SigningKey | SharedKey


def hs256(key: bytes, text: bytes) -> bytes:
    """Return an HMAC with SHA-256."""
    return hmac.new(key, text, hashlib.sha256).digest()


def token(header: Mapping[str, Any], payload: bytes, signature: bytes | None = None, *, by: Any = None) -> str:
    """Return a compact JWS with a signature, or the one that `by` makes of the text, such as a key's `signature`."""
    text = f"{base64url(json_text(dict(header)))}.{base64url(payload)}"
    made = by(text.encode()) if signature is None else signature
    return f"{text}.{base64url(made)}"


def _number(value: int) -> str:
    return urlsafe_b64encode(value.to_bytes(-(-value.bit_length() // 8), "big")).rstrip(b"=").decode()
