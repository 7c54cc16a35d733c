"""Signs deliveries as a service would that implements the documents itself, with one bug at most."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def mac(key: bytes, octets: bytes) -> bytes:
    """Return an HMAC-SHA256."""
    return hmac.new(key, octets, hashlib.sha256).digest()


def standard(secret: str, octets: bytes, bug: str = "") -> str:
    """Return a signature of Standard Webhooks, `v1` or `v1a` as the secret is."""
    if secret.startswith("whsk_"):
        key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret.removeprefix("whsk_"))[:32])
        return "v1a," + base64.b64encode(key.sign(octets)).decode()
    key_bytes = secret.encode() if bug == "secret-as-text" else base64.b64decode(secret.removeprefix("whsec_"))
    code = mac(key_bytes, octets)
    return "v1," + (code.hex() if bug == "hex" else base64.b64encode(code).decode())


def standard_webhooks(  # noqa: PLR0913 -- all that is signed, and what is wrong
    secrets: list[str], body: bytes, message: str, now: float, *, bug: str = "", prefix: str = "webhook-"
) -> dict[str, str]:
    """Return the headers of Standard Webhooks."""
    stamp = timestamp(now, bug)
    signed = b"" if bug == "body-alone" else f"{message}.{stamp}.".encode()
    signed += b"" if bug == "body-not-signed" else again(body) if bug == "serialized-again" else body
    kept = secrets[:1] if bug == "one-secret" else secrets
    found = {
        f"{prefix}id": message,
        f"{prefix}timestamp": stamp,
        f"{prefix}signature": ("," if bug == "commas" else " ").join(standard(one, signed, bug) for one in kept),
    }
    if bug in {"no-id", "no-timestamp", "no-signature"}:
        del found[prefix + bug.removeprefix("no-")]
    return found


def stripe(secrets: list[str], body: bytes, now: float, bug: str = "") -> dict[str, str]:
    """Return the header of Stripe."""
    stamp = timestamp(now, bug)
    signed = b"" if bug == "body-alone" else f"{stamp}.".encode()
    signed += again(body) if bug == "serialized-again" else body
    kept = secrets[:1] if bug == "one-secret" else secrets
    codes = []
    for secret in kept:
        key = base64.b64decode(secret.removeprefix("whsec_")) if bug == "secret-decoded" else secret.encode()
        code = mac(key, signed)
        codes.append("v1=" + (base64.b64encode(code).decode() if bug == "base64" else code.hex()))
    return {} if bug == "no-signature" else {"Stripe-Signature": ",".join([f"t={stamp}", *codes])}


def github(secret: str, body: bytes, bug: str = "") -> dict[str, str]:
    """Return the header of GitHub."""
    code = mac(secret.encode(), again(body) if bug == "serialized-again" else body).hex()
    prefix = "" if bug == "no-prefix" else "sha256="
    return {} if bug == "no-signature" else {"X-Hub-Signature-256": prefix + code}


def shopify(secret: str, body: bytes, bug: str = "") -> dict[str, str]:
    """Return the header of Shopify, which bothends does not know of itself."""
    code = mac(secret.encode(), again(body) if bug == "serialized-again" else body)
    return {"X-Shopify-Hmac-SHA256": base64.b64encode(code).decode()}


def templated(secret: str, body: bytes, message: str, now: float, bug: str = "") -> dict[str, str]:
    """Return the headers that a released service sends: as Standard Webhooks, with a secret that is not decoded."""
    stamp = timestamp(now, bug)
    key = base64.b64decode(secret) if bug == "secret-decoded" else secret.encode()
    signed = f"{message}.{stamp}.".encode() + (again(body) if bug == "serialized-again" else body)
    code = base64.b64encode(mac(key, signed)).decode()
    found = {"X-Hook-Id": message, "X-Hook-Timestamp": stamp, "X-Hook-Signature": f"v1,{code}"}
    return {} if bug == "no-signature" else found


def fixed(secret: str, bug: str = "") -> dict[str, str]:
    """Return a header that is the same for each delivery."""
    token = secret.swapcase() if bug == "other-token" else secret
    return {} if bug == "no-signature" else {"X-Hook-Token": f"Token {token}"}


def timestamp(now: float, bug: str = "") -> str:
    """Return the time of the attempt in seconds."""
    shift = {"old": -301, "future": 301, "day-old": -86400}.get(bug, 0)
    return str(int((now + shift) * 1000 if bug == "milliseconds" else now + shift))


def again(body: bytes) -> bytes:
    """Return a body as another library serializes it."""
    return json.dumps(json.loads(body), separators=(",", ":"), sort_keys=True).encode()
