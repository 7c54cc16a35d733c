"""Sessions that are made for each caller, sealed as a library does it: `next-auth-v4` and `auth-js-v5`."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from bothends.contract.session_kinds import satisfies
from bothends.world.sessions.issuer import Issuer
from bothends.world.sessions.session import Caller, Part, Session
from bothends.world.sessions.states import SESSION_STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.security import SecurityScheme
    from bothends.contract.settings import SessionSettings
    from bothends.world.sessions.kind import SessionKind
    from bothends.world.sessions.states import SessionState

_IDENTITY = ("name", "email", "image")


class MintedSession(Session):
    """A user of its own for each exchange.

    Args:
        settings: The table.
        kind: How the library seals a session.
    """

    def __init__(self, settings: SessionSettings, kind: SessionKind) -> None:
        super().__init__(settings)
        self._kind = kind
        self._secret = settings.secret or secrets.token_urlsafe(32)

    def satisfies(self, scheme: SecurityScheme) -> bool:
        """Return whether it is the scheme's cookie."""
        return satisfies(self.settings, scheme)

    def credential(self, caller: Caller, now: float) -> Part:
        """Return the cookies of a valid session."""
        return Part(cookies=self._issuer(caller, now).issue(caller.user))

    def identity(self, caller: Caller) -> dict[str, Any]:
        """Return what the session says of the user."""
        return {key: caller.user.get(key) for key in _IDENTITY}

    def in_state(self, state: SessionState, caller: Caller, now: float) -> tuple[Part, Mapping[str, Any]]:
        """Return the cookies of a session in that state, and its user."""
        issuer = self._issuer(caller, now)
        user = state.user(caller.user)
        return Part(state.headers(issuer, user), state.cookies(issuer, user)), user

    def states(self) -> tuple[type[SessionState], ...]:
        """Return all that are known of a sealed session."""
        return tuple(SESSION_STATES)

    def secrets(self) -> tuple[str, ...]:
        """Return what the sessions are made with."""
        return (self._secret,)

    def variables(self) -> dict[str, str]:
        """Return what the sessions are made with."""
        return {"secret": self._secret}

    def _issuer(self, caller: Caller, now: float) -> Issuer:
        return Issuer(self._kind, self._secret, self.settings.cookie, now, caller.number)
