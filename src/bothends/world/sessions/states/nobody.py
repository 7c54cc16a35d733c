"""Sessions that open, and do not say whose they are.

A target may take them for what they are, or say that nobody is signed in. The picture is the one thing
left by which the event can be told from others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.signed_in import SignedIn
from bothends.world.sessions.states.state import SIGNED_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping


@session_state("nobody")
class NobodyAbsent(SignedIn):
    """Neither name nor email is claimed."""

    pattern = "the session is nobody's"
    about = "a session without `name` and `email`"
    family = SIGNED_OUT
    doubtful = True
    claimed: ClassVar[Mapping[str, Any]] = {}

    def user(self, default: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a user of whom only a picture is known."""
        known = default.get("email") or default.get("name") or ""
        return {**self.claimed, "image": f"https://img.example.com/?of={quote(known, safe='')}"}


@session_state("nobody-null")
class NobodyNull(NobodyAbsent):
    """Both are null."""

    pattern = "the session's user is null"
    about = "a session whose `name` and `email` are null"
    claimed: ClassVar[Mapping[str, Any]] = {"name": None, "email": None}


@session_state("nobody-empty")
class NobodyEmpty(NobodyAbsent):
    """Both are empty."""

    pattern = "the session's user is empty"
    about = "a session whose `name` and `email` are empty"
    claimed: ClassVar[Mapping[str, Any]] = {"name": "", "email": ""}
