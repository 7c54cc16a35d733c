"""Signatures of GitHub: `X-Hub-Signature-256: sha256=…`, of the body alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bothends.contract.tables import MALFORMED, SIGNATURES, Signature, SignatureError, Signed
from bothends.world.signatures.codings import decoded, signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.tables import SignedRequest, Table

_PREFIX = "sha256="
_SIZE = 32
"""Bytes of a signature."""


@SIGNATURES.add
class GitHub(Signature):
    """Reads one header; of several secrets, one has signed."""

    kind = "github"
    about = "signatures of GitHub: `sha256=…`, without a timestamp"
    source = "docs.github.com, Validating webhook deliveries"
    schema: ClassVar[Mapping[str, Any]] = {
        "properties": {
            "header": {
                "description": "The name of the header. Without it: X-Hub-Signature-256.",
                "type": "string",
                "pattern": "^[A-Za-z0-9-]+$",
                "x-expected": "the name of a header",
            },
        }
    }

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._header = table.text("header") or "X-Hub-Signature-256"

    def verify(self, request: SignedRequest) -> Signed:
        """Hold the signature against the secrets."""
        value = self.header(request, self._header)
        octets = decoded(value.removeprefix(_PREFIX), "hex") if value.startswith(_PREFIX) else None
        if octets is None or len(octets) != _SIZE:
            text = f"a value that is not {_PREFIX} and 64 hexadecimal digits in lower case"
            raise SignatureError(MALFORMED, self._header, text)
        # There is room for one signature: of several secrets, one has signed.
        right = any(octets == signature(key.encode(), request.body) for key in self.secrets)
        self.all_signed(self._header, [right])
        return Signed()
