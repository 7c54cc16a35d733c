"""What makes two requests the same."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bothends.records import Request


def digest(request: Request) -> int:
    """Return 64 bits of a request's method, target, headers, framing and body."""
    state = blake2b(digest_size=8)
    for part in (request.method, request.target, request.framing, *(text for pair in request.headers for text in pair)):
        state.update(part.encode("utf-8", "surrogatepass"))
        state.update(b"\x00")
    # No body and an empty one are two things.
    state.update(b"-" if request.body is None else b"+" + request.body)
    return int.from_bytes(state.digest(), "big")
