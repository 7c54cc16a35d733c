"""Sessions with a time before which they do not hold (`nbf`, RFC 7519 section 4.1.5)."""

from __future__ import annotations

from typing import Any, ClassVar

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.token_state import ClaimsState


@session_state("not-yet-valid")
class NotYetValid(ClaimsState):
    """`nbf` lies an hour ahead."""

    pattern = "the session is not valid yet"
    about = "a session that holds from an hour ahead"
    ahead: ClassVar[float] = 3600  # seconds

    def changed(self, claims: dict[str, Any]) -> Any:
        """Say from when it holds."""
        return {**claims, "nbf": claims["iat"] + self.ahead}


@session_state("valid-in-3s")
class NotYetValidWithinTolerance(NotYetValid):
    """As with `exp`, some leeway is allowed, and none is demanded."""

    pattern = "the session is valid in a moment"
    about = "a session that holds from 3 s ahead, which is within the tolerance for clocks"
    doubtful = True
    ahead = 3


@session_state("valid-since-a-minute")
class ValidSinceAMinute(NotYetValid):
    """`nbf` is met."""

    pattern = "the session is valid since a minute"
    about = "a valid session that says since when it holds"
    family = ""
    ahead = -60
