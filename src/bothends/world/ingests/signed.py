"""What an ingest makes of the signatures of requests: each is verified, and the identities that came are remembered."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from bothends.contract.tables import SignatureError, asking
from bothends.records import SignatureCheck

if TYPE_CHECKING:
    from bothends.contract.tables import Signature
    from bothends.world.http import Received

_MOST = 32_768
"""Identities that are remembered: an attempt comes within seconds of the one before it."""


class SignedRequests:
    """Verifies signatures at one ingest.

    Args:
        signature: The scheme; None: nothing is signed.
    """

    def __init__(self, signature: Signature | None) -> None:
        self._signature = signature
        self._first: dict[bytes, tuple[int, bytes]] = {}

    def check(self, received: Received, number: int) -> SignatureCheck | None:
        """Return what a request's signature says; None where nothing is asked for, or the request was cut.

        Args:
            received: The request.
            number: The number of its first delivery.
        """
        signature = self._signature
        if signature is None or received.problem:
            return None
        with asking(f"signature kind '{signature.name}'", signature.location):
            try:
                signed = signature.verify(received)
            except SignatureError as error:
                return SignatureCheck(
                    signature.name,
                    signature.source,
                    error.problem,
                    error.header,
                    error.detail,
                    secret_headers=signature.secret_headers,
                    no_redirects=signature.no_redirects,
                )
        return SignatureCheck(
            signature.name,
            signature.source,
            header=signed.timestamp_header,
            timestamp=signed.timestamp,
            tolerance=signature.tolerance,
            identity=signed.identity,
            identity_header=signed.identity_header,
            first=self._came_first(signed.identity, received, number) if signed.identity else 0,
            secret_headers=signature.secret_headers,
            no_redirects=signature.no_redirects,
        )

    def forget(self) -> None:
        """Forget the identities: a target that starts anew may have lost all that it knew, and count from one."""
        self._first.clear()

    def _came_first(self, identity: str, received: Received, number: int) -> int:
        """Return the delivery that first had this identity with another content; 0: none did."""
        key = blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        line = received.line.encode("utf-8", "surrogatepass")
        content = blake2b(line + b"\0" + received.body, digest_size=16).digest()
        first, before = self._first.setdefault(key, (number, content))
        if len(self._first) > _MOST:
            del self._first[next(iter(self._first))]
        return 0 if before == content else first
