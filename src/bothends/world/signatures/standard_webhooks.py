"""Signatures of Standard Webhooks 1.0.0: `v1`, HMAC-SHA256, and `v1a`, Ed25519."""

from __future__ import annotations

import base64
import re
import secrets as randomness
from typing import TYPE_CHECKING, Any, ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bothends.contract.tables import MALFORMED, SIGNATURES, TOLERANCE_SCHEMA, Signature, SignatureError, Signed
from bothends.world.signatures.codings import decoded, signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.tables import SignedRequest, Table

_SHARED, _PRIVATE, _PUBLIC = "whsec_", "whsk_", "whpk_"
_LEAST, _MOST = 24, 64
"""The sizes of a shared secret, bytes: "At least 24 bytes (192 bits, 512 maximum)"."""
_SEED = 32
"""Bytes of an Ed25519 key; a secret key may have the public one after it."""
_SIZES = {"v1": 32, "v1a": 64}
"""Bytes of a signature of each version."""
_VERSIONED = re.compile(r"([A-Za-z0-9]+),([!-~]+)")


@SIGNATURES.add
class StandardWebhooks(Signature):
    """Reads `webhook-id`, `webhook-timestamp` and `webhook-signature`."""

    kind = "standard-webhooks"
    about = "signatures of Standard Webhooks, `v1` and `v1a`"
    source = "Standard Webhooks 1.0.0, Signature scheme"
    no_redirects = "Standard Webhooks 1.0.0, Delivery success and failure: 3xx is a failure"
    schema: ClassVar[Mapping[str, Any]] = {
        "properties": {
            "version": {
                "description": "`v1`: HMAC-SHA256, `v1a`: Ed25519, of the secrets that bothends makes. Without it: v1.",
                "type": "string",
                "enum": ["v1", "v1a"],
            },
            "prefix": {
                "description": "What the names of the headers begin with, such as `svix-`. Without it: webhook-.",
                "type": "string",
                "pattern": "^[A-Za-z0-9-]+-$",
                "x-expected": "the beginning of a header's name, such as svix-",
            },
            "tolerance_s": TOLERANCE_SCHEMA,
        }
    }

    def __init__(self, table: Table) -> None:
        self._version: str = table.values.get("version", "v1")
        super().__init__(table)
        prefix = table.text("prefix") or "webhook-"
        self._id, self._timestamp, self._signature = (prefix + name for name in ("id", "timestamp", "signature"))
        self._keys = [self._key(secret) for secret in self.secrets]

    def make_secret(self) -> str:
        """Return a new secret: 32 bytes, or an Ed25519 key with its public key behind it."""
        if self._version == "v1":
            return _SHARED + base64.b64encode(randomness.token_bytes(32)).decode()
        key = Ed25519PrivateKey.generate()
        whole = key.private_bytes_raw() + key.public_key().public_bytes_raw()
        return _PRIVATE + base64.b64encode(whole).decode()

    def variables(self) -> dict[str, str]:
        """Return the secrets, and the public key of each that has one."""
        found = super().variables()
        for number, key in enumerate(self._keys, 1):
            if isinstance(key, Ed25519PublicKey):
                text = _PUBLIC + base64.b64encode(key.public_bytes_raw()).decode()
                found["public_key" if number == 1 else f"public_key_{number}"] = text
        return found

    @property
    def hidden(self) -> tuple[str, ...]:
        """The secrets, with what says which they are and without it; a public key is none."""
        own = [secret for secret in self.secrets if not secret.startswith(_PUBLIC)]
        return tuple(text for secret in own for text in (secret, secret.partition("_")[2]))

    def verify(self, request: SignedRequest) -> Signed:
        """Hold each signature of the list against the secrets in force."""
        identity = self.header(request, self._id)
        written = self.header(request, self._timestamp)
        listed = self.header(request, self._signature)
        if not identity:
            raise SignatureError(MALFORMED, self._id, "an empty ID")
        timestamp = self.number(written, self._timestamp)
        octets = f"{identity}.{written}.".encode("latin-1") + request.body
        by_version = self._listed(listed)
        self.all_signed(self._signature, [_is_of(key, octets, by_version) for key in self._keys])
        return Signed(timestamp, self._timestamp, identity, self._id)

    def _listed(self, text: str) -> dict[str, list[bytes]]:
        """Return the signatures of a list, parted by single spaces, by their version; unknown versions are skipped."""
        found: dict[str, list[bytes]] = {}
        for entry in text.split(" "):
            match = _VERSIONED.fullmatch(entry)
            if match is None:
                text = "an entry of its list that is not a version, a comma and a signature"
                raise SignatureError(MALFORMED, self._signature, text)
            version, coded = match.groups()
            if version not in _SIZES:
                continue
            octets = decoded(coded, "base64")
            if octets is None or len(octets) != _SIZES[version]:
                text = f"a {version} signature that is not {_SIZES[version]} bytes in Base64"
                raise SignatureError(MALFORMED, self._signature, text)
            found.setdefault(version, []).append(octets)
        return found

    def _key(self, secret: str) -> bytes | Ed25519PublicKey:
        """Return the key of a secret.

        Raises:
            ContractError: It is in none of the forms.
        """
        for prefix in (_SHARED, _PRIVATE, _PUBLIC):
            octets = decoded(secret.removeprefix(prefix), "base64") if secret.startswith(prefix) else None
            if octets is None:
                continue
            if prefix == _SHARED and _LEAST <= len(octets) <= _MOST:
                return octets
            if prefix == _PRIVATE and len(octets) in {_SEED, 2 * _SEED}:
                return Ed25519PrivateKey.from_private_bytes(octets[:_SEED]).public_key()
            if prefix == _PUBLIC and len(octets) == _SEED:
                return Ed25519PublicKey.from_public_bytes(octets)
        raise self.table.error(
            "secret" if "secret" in self.table.values else "secrets",
            "A secret is not one of Standard Webhooks.",
            expected="whsec_ and 24 to 64 bytes in Base64, or whsk_ or whpk_ and an Ed25519 key in Base64",
            advice='Use kind = "template" for secrets in another form.',
        )


def _is_of(key: bytes | Ed25519PublicKey, octets: bytes, by_version: Mapping[str, list[bytes]]) -> bool:
    """Return whether one of the signatures is of this key."""
    if isinstance(key, bytes):
        return signature(key, octets) in by_version.get("v1", ())
    for one in by_version.get("v1a", ()):
        try:
            key.verify(one, octets)
        except InvalidSignature:
            continue
        return True
    return False
