"""Signatures of Stripe: `Stripe-Signature: t=…,v1=…`."""

from __future__ import annotations

import secrets as randomness
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.contract.tables import MALFORMED, MISSING, SIGNATURES, TOLERANCE_SCHEMA, Signature, SignatureError, Signed
from bothends.world.signatures.codings import decoded, signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.tables import SignedRequest, Table

_SIZE = 32
"""Bytes of a signature."""


@SIGNATURES.add
class Stripe(Signature):
    """Reads one header with a timestamp and a signature for each secret in force."""

    kind = "stripe"
    about = "signatures of Stripe: `t=…,v1=…`"
    source = "docs.stripe.com/webhooks, Verify webhook signatures manually"
    schema: ClassVar[Mapping[str, Any]] = {
        "properties": {
            "header": {
                "description": "The name of the header. Without it: Stripe-Signature.",
                "type": "string",
                "pattern": "^[A-Za-z0-9-]+$",
                "x-expected": "the name of a header",
            },
            "tolerance_s": TOLERANCE_SCHEMA,
        }
    }

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._header = table.text("header") or "Stripe-Signature"

    def make_secret(self) -> str:
        """Return a new secret: it is used as a text, and looks like Base64 all the same."""
        return f"whsec_{randomness.token_hex(32)}"

    def verify(self, request: SignedRequest) -> Signed:
        """Hold each `v1` against the secrets in force; what has another name is passed over."""
        pairs = [item.partition("=") for item in self.header(request, self._header).split(",")]
        if not all(name and equals for name, equals, _ in pairs):
            raise SignatureError(MALFORMED, self._header, "an element that is not a name, = and a value")
        times = [value for name, _, value in pairs if name == "t"]
        coded = [value for name, _, value in pairs if name == "v1"]
        for name, values in (("t", times), ("v1", coded)):
            if not values:
                raise SignatureError(MISSING, self._header, f"no element {name}=")
        if len(times) > 1:
            raise SignatureError(MALFORMED, self._header, f"{len(times)} elements t=")
        timestamp = self.number(times[0], self._header)
        signatures = [decoded(value, "hex") for value in coded]
        if any(octets is None or len(octets) != _SIZE for octets in signatures):
            raise SignatureError(MALFORMED, self._header, "a v1 that is not 64 hexadecimal digits in lower case")
        octets = times[0].encode() + b"." + request.body
        self.all_signed(self._header, [signature(key.encode(), octets) in signatures for key in self.secrets])
        return Signed(timestamp, self._header)
