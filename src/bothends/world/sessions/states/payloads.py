"""Tokens that open, and hold no claims, or the same claim twice."""

from __future__ import annotations

from typing import Any

from bothends.world.sessions.forge import json_text
from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.token_state import ClaimsState


@session_state("list-of-claims")
class ListOfClaims(ClaimsState):
    """A claims set is an object (RFC 7519 section 4)."""

    pattern = "the session holds a list"
    about = "a token under the right key that holds its claims in an array"

    def changed(self, claims: dict[str, Any]) -> Any:
        """Put them into a list."""
        return [claims]


@session_state("no-claims")
class NoPayload(ClaimsState):
    """There is nothing in it, not even JSON."""

    pattern = "the session holds nothing"
    about = "a token under the right key that holds no bytes"

    def payload(self, claims: dict[str, Any]) -> bytes:  # noqa: ARG002 -- none is told
        """Return nothing."""
        return b""


@session_state("text-for-claims")
class TextPayload(ClaimsState):
    """Bytes that are no JSON."""

    pattern = "the session holds text"
    about = "a token under the right key that holds no JSON"

    def payload(self, claims: dict[str, Any]) -> bytes:  # noqa: ARG002 -- none is told
        """Return text."""
        return b"session"


@session_state("claims-twice")
class ClaimTwice(ClaimsState):
    """RFC 7519 section 4: refuse it, or take the last one."""

    pattern = "the session names its user twice"
    about = "a session with `name` and `email` twice, the user's own last"
    doubtful = True

    def payload(self, claims: dict[str, Any]) -> bytes:
        """Write somebody else before the user."""
        return b'{"name":"Mallory","email":"mallory@example.com",' + json_text(claims)[1:]
