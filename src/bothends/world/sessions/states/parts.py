"""Cookies whose value has not the five parts of a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.token_state import TokenState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer


@session_state("one-word")
class OnePart(TokenState):
    """Text without a dot."""

    pattern = "the session is a word"
    about = "a session cookie whose value is one word"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:  # noqa: ARG002 -- nobody is signed in
        """Return a word."""
        return "session"


@session_state("three-parts")
class ThreeParts(TokenState):
    """As many parts as a signed token has (RFC 7515 section 7.1)."""

    pattern = "the session has three parts"
    about = "the first three parts of a valid session"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and leave parts out."""
        return ".".join(issuer.seal(issuer.claims(user)).split(".")[:3])


@session_state("four-parts")
class FourParts(TokenState):
    """The tag is missing."""

    pattern = "the session has four parts"
    about = "a valid session without its authentication tag"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and leave the last part out."""
        return issuer.seal(issuer.claims(user)).rpartition(".")[0]


@session_state("six-parts")
class SixParts(TokenState):
    """There is one part more."""

    pattern = "the session has six parts"
    about = "a valid session with a sixth part"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and add a part."""
        return f"{issuer.seal(issuer.claims(user))}.e30"
