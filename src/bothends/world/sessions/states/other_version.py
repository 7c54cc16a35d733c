"""A session that another version of the library would issue under the same secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.token_state import TokenState
from bothends.world.sessions.table import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer


@session_state("another-version")
class OtherVersion(TokenState):
    """Each version derives its key in a way of its own."""

    pattern = "the session is of another version of the library"
    about = "a session made with the same secret by another version of the session library"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Return the token of the first kind that is not this one."""
        other = next(kind for kind in KINDS if kind.name != issuer.kind.name)
        return other.seal(issuer.claims(user), issuer.secret, issuer.cookie)
