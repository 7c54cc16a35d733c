"""Signs what the mock sends: one signer for each scheme, found by its name. None of this can check a signature.

A signer is written anew from the document of its scheme, and shares with the harness only what the settings say: where
both are wrong, they are not wrong alike.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bothends.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Signing:
    """What an attempt signs.

    Attributes:
        identity: The identity of the event, the same on each attempt.
        timestamp: When the attempt is made, seconds since the epoch.
        body: The bytes.
    """

    identity: str
    timestamp: float
    body: bytes


class _Named:
    def __init__(self, name: str, sign: Callable[[Mapping[str, Any], Sequence[str], Signing], Headers]) -> None:
        self.name = name
        self.sign = sign


SIGNERS: Registry[_Named] = Registry("signer", lambda signer: signer.name)


def signer(name: str) -> Callable[[Any], Any]:
    """Return what registers a function that signs: it takes the table of the settings, the secrets and the attempt."""

    def take_in(sign: Any) -> Any:
        SIGNERS.add(_Named(name, sign))
        return sign

    return take_in


def signed(kind: str, table: Mapping[str, Any], secrets: Sequence[str], attempt: Signing) -> Headers:
    """Return the headers of a signature with the secrets in force; none of a kind that nothing here knows."""
    found = SIGNERS.find(kind)
    return [] if found is None else found.sign(table, secrets, attempt)


def names(kind: str, table: Mapping[str, Any], secrets: Sequence[str]) -> frozenset[str]:
    """Return the names of the headers that a signature brings, in lower case."""
    return frozenset(name.lower() for name, _ in signed(kind, table, secrets, Signing("", 0.0, b"")))


def _mac(key: bytes, octets: bytes, name: str = "sha256") -> bytes:
    return hmac.digest(key, octets, getattr(hashlib, name))


# Standard Webhooks 1.0.0, "Signature scheme".


@signer("standard-webhooks")
def _standard(table: Mapping[str, Any], secrets: Sequence[str], attempt: Signing) -> Headers:
    prefix = table.get("prefix") or "webhook-"
    timestamp = str(int(attempt.timestamp))
    octets = f"{attempt.identity}.{timestamp}.".encode() + attempt.body
    entries = [entry for secret in secrets if (entry := _entry(secret, octets))]
    return [
        (f"{prefix}id", attempt.identity),
        (f"{prefix}timestamp", timestamp),
        (f"{prefix}signature", " ".join(entries)),
    ]


def _entry(secret: str, octets: bytes) -> str:
    """Return one signature of the list; a public key makes none."""
    word, _, coded = secret.partition("_")
    key = base64.b64decode(coded)
    if word == "whsec":
        return f"v1,{base64.b64encode(_mac(key, octets)).decode()}"
    if word == "whsk":
        made = Ed25519PrivateKey.from_private_bytes(key[:32]).sign(octets)
        return f"v1a,{base64.b64encode(made).decode()}"
    return ""


# Stripe, "Verify webhook signatures manually".


@signer("stripe")
def _stripe(table: Mapping[str, Any], secrets: Sequence[str], attempt: Signing) -> Headers:
    timestamp = str(int(attempt.timestamp))
    octets = timestamp.encode() + b"." + attempt.body
    signatures = "".join(f",v1={_mac(secret.encode(), octets).hex()}" for secret in secrets)
    return [(table.get("header") or "Stripe-Signature", f"t={timestamp}{signatures}")]


# GitHub, "Validating webhook deliveries": there is room for one signature.


@signer("github")
def _github(table: Mapping[str, Any], secrets: Sequence[str], attempt: Signing) -> Headers:
    name = table.get("header") or "X-Hub-Signature-256"
    return [(name, f"sha256={_mac(secrets[0].encode(), attempt.body).hex()}")]


# What the settings describe.

_FIELD = re.compile(r"\{(body|id|timestamp|signature|secret)\}")


@signer("template")
def _template(table: Mapping[str, Any], secrets: Sequence[str], attempt: Signing) -> Headers:
    scale = 1000 if table.get("timestamp_unit") == "milliseconds" else 1
    fields = {"id": attempt.identity, "timestamp": str(int(attempt.timestamp * scale)), "secret": secrets[0]}
    octets = b"".join(
        attempt.body
        if part == "{body}"
        else fields.get(part[1:-1], part).encode()
        if part.startswith("{")
        else part.encode()
        for part in re.split(r"(\{(?:body|id|timestamp)\})", table.get("signs", "{body}"))
    )
    made = [_coded(table, _mac(_key(table, secret), octets, table.get("hash", "sha256"))) for secret in secrets]
    separator: str = table.get("separator", "")

    def text(pattern: str) -> str:
        if "{signature}" not in pattern:
            return _filled(pattern, fields)
        several = made if separator else made[:1]
        return separator.join(_filled(pattern, {**fields, "signature": each}) for each in several)

    return [(name, text(pattern)) for name, pattern in table.get("headers", {}).items()]


def _filled(pattern: str, fields: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda field: fields.get(field[1], field[0]), pattern)


def _coded(table: Mapping[str, Any], octets: bytes) -> str:
    return base64.b64encode(octets).decode() if table.get("coding") == "base64" else octets.hex()


def _key(table: Mapping[str, Any], secret: str) -> bytes:
    coding = table.get("secret_coding", "text")
    if coding == "text":
        return secret.encode()
    coded = secret.removeprefix(table.get("secret_prefix", ""))
    try:
        return bytes.fromhex(coded) if coding == "hex" else base64.b64decode(coded)
    except (ValueError, binascii.Error):
        return secret.encode()
