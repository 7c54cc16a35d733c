"""The kind `static`: what a few callers show stands in the settings, and is what it is."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from bothends.contract.session_kinds import satisfies
from bothends.world.sessions.session import Caller, Part, Session, garble, garbled_part, secrets_of

if TYPE_CHECKING:
    from bothends.contract.security import SecurityScheme
    from bothends.contract.settings import CallerSettings
    from bothends.world.sessions.states import SessionState


class StaticSession(Session):
    """Callers who take turns: there are as many as the settings give."""

    def satisfies(self, scheme: SecurityScheme) -> bool:
        """Return whether each caller shows what the scheme asks for."""
        return satisfies(self.settings, scheme)

    def credential(self, caller: Caller, now: float) -> Part:  # noqa: ARG002 -- it does not change
        """Return what the settings give."""
        return _part(self._of(caller))

    def identity(self, caller: Caller) -> dict[str, Any] | None:
        """Return the identity in the settings."""
        identity = self._of(caller).identity
        return None if identity is None else dict(identity)

    def wrong(self) -> tuple[Part, ...]:
        """Return the wrong ones in the settings."""
        return tuple(map(_part, self.settings.wrong or ()))

    def garbled(self, caller: Caller, now: float) -> Part:
        """Return it garbled, and no other caller's; of Basic, which is coded, the password is."""
        known = {_part(each) for each in self.settings.callers}
        found = _garbled(self.credential(caller, now))
        for _ in known:
            if found in known:
                found = _garbled(found)
        return found

    def states(self) -> tuple[type[SessionState], ...]:
        """Return none."""
        return ()

    def caller_secrets(self) -> tuple[str, ...]:
        """Return what the callers show, and the passwords in it."""
        parts = [_part(each) for each in (*self.settings.callers, *(self.settings.wrong or ()))]
        passwords = [password for part in parts for _, value in part.headers if (password := _password(value))]
        return tuple(dict.fromkeys([*(secret for part in parts for secret in secrets_of(part)), *passwords]))

    def _of(self, caller: Caller) -> CallerSettings:
        return self.settings.callers[caller.place % len(self.settings.callers)]


def _part(settings: CallerSettings) -> Part:
    return Part(settings.headers, settings.cookies, settings.query)


def _garbled(right: Part) -> Part:
    part = garbled_part(right)
    headers = tuple(
        (name, _basic(value) or changed)
        for (name, value), (_, changed) in zip(right.headers, part.headers, strict=True)
    )
    return Part(headers, part.cookies, part.query)


def _decoded(value: str) -> tuple[str, str] | None:
    """Return the user and the password of a Basic credential (RFC 7617 section 2), or None."""
    word, _, coded = value.partition(" ")
    if word.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def _password(value: str) -> str:
    decoded = _decoded(value)
    return "" if decoded is None else decoded[1]


def _basic(value: str) -> str | None:
    decoded = _decoded(value)
    if decoded is None:
        return None
    text = f"{decoded[0]}:{garble(decoded[1])}"
    return f"{value.partition(' ')[0]} {base64.b64encode(text.encode()).decode()}"
