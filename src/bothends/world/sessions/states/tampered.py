"""A session of which one part was changed after it was issued."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.world.sessions.forge import base64url
from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.token_state import TokenState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer

# RFC 7516 section 7.1
HEADER, KEY, VECTOR, CIPHERTEXT, TAG = range(5)
_SHORT_TAG = 12  # bytes: NIST SP 800-38D lets GCM have tags of 96 bits, and some ciphers take what they are given


def decoded(part: str) -> bytes:
    """Return the bytes of a part of a token."""
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def with_part(token: str, part: int, data: bytes) -> str:
    """Return a token with other bytes in one of its parts."""
    parts = token.split(".")
    parts[part] = base64url(data)
    return ".".join(parts)


def flip_bit(token: str, part: int) -> str:
    """Return a token with one bit of one of its parts flipped, in the middle of it.

    The bit is flipped in the decoded bytes: the last characters of base64url can differ and mean the same.
    """
    data = bytearray(decoded(token.split(".")[part]))
    data[len(data) // 2] ^= 1
    return with_part(token, part, bytes(data))


@session_state("tampered-ciphertext")
class Tampered(TokenState):
    """One bit of the ciphertext is flipped: the tag no longer fits."""

    pattern = "the session is tampered with"
    about = "a valid session with one bit of its ciphertext flipped"
    part: ClassVar[int] = CIPHERTEXT

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and flip a bit."""
        return flip_bit(issuer.seal(issuer.claims(user)), self.part)


@session_state("tampered-iv")
class TamperedVector(Tampered):
    """One bit of the initialization vector is flipped."""

    pattern = "the session's initialization vector is tampered with"
    about = "a valid session with one bit of its initialization vector flipped"
    part = VECTOR


@session_state("tampered-tag")
class TamperedTag(Tampered):
    """One bit of the tag is flipped."""

    pattern = "the session's tag is tampered with"
    about = "a valid session with one bit of its authentication tag flipped"
    part = TAG


@session_state("tampered-header")
class TamperedHeader(TokenState):
    """The header is written otherwise and says the same: only the tag tells."""

    pattern = "the session's header is tampered with"
    about = "a valid session with a space put into its header, which is authenticated"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and change its header."""
        token = issuer.seal(issuer.claims(user))
        header = decoded(token.split(".")[HEADER])
        return with_part(token, HEADER, header[:-1] + b" }")


@session_state("tampered-key")
class KeyWhereNoneBelongs(TokenState):
    """The encrypted key is empty with `dir` (RFC 7518 section 4.5)."""

    pattern = "the session's key is not empty"
    about = "a valid session with an encrypted key, which `dir` forbids"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and fill the empty part."""
        return with_part(issuer.seal(issuer.claims(user)), KEY, b"key")


@session_state("short-tag")
class ShortTag(TokenState):
    """A tag of 96 bits: the fewer bits are checked, the sooner one is guessed."""

    pattern = "the session's tag is cut short"
    about = "a valid session whose authentication tag is cut to 96 bits"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and cut its tag."""
        token = issuer.seal(issuer.claims(user))
        return with_part(token, TAG, decoded(token.split(".")[TAG])[:_SHORT_TAG])
