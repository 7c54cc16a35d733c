"""Signed tokens, part by part (RFC 7515, 7517, 7518, 8037), with the ciphers of `cryptography`.

A library that makes tokens refuses to make wrong ones. Here a token is wrong in one respect and right in all others.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.compact_serialization import base64url, json_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey

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
    """Return a compact JWS.

    Args:
        header: The protected header.
        payload: What is signed.
        signature: The signature; None: it is made.
        by: What makes it of the text that is signed: a key's `signature`, or any function.
    """
    text = f"{base64url(json_text(dict(header)))}.{base64url(payload)}"
    made = by(text.encode()) if signature is None else signature
    return f"{text}.{base64url(made)}"


def _number(value: int) -> str:
    return urlsafe_b64encode(value.to_bytes(-(-value.bit_length() // 8), "big")).rstrip(b"=").decode()
