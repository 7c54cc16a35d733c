"""A session whose ciphertext was changed after it was issued."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies

_CIPHERTEXT = 3  # of header, key, IV, ciphertext and tag (RFC 7516 section 7.1)


def flip_bit(token: str, part: int) -> str:
    """Return a token with one bit of one of its parts flipped, in the middle of it.

    The bit is flipped in the decoded bytes: the last characters of base64url can differ and mean the same.
    """
    parts = token.split(".")
    data = bytearray(urlsafe_b64decode(parts[part] + "=" * (-len(parts[part]) % 4)))
    data[len(data) // 2] ^= 1
    parts[part] = urlsafe_b64encode(data).rstrip(b"=").decode()
    return ".".join(parts)


class Tampered(SessionState):
    """One bit of the ciphertext is flipped: the tag no longer fits."""

    pattern = "the session is tampered with"
    about = "a valid session with one bit of its ciphertext flipped"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session and flip a bit."""
        return issuer.cookies(flip_bit(issuer.seal(issuer.claims(user)), _CIPHERTEXT))
