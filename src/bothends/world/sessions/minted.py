"""Sessions that are made for each caller, sealed as a library does it: `next-auth-v4` and `auth-js-v5`."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from bothends.contract.settings_file import satisfies
from bothends.registry import Registry
from bothends.world.sessions.base import (
    SESSION_STATES,
    Caller,
    Issuer,
    Part,
    Session,
    SessionState,
    garble,
    garbled_part,
    secrets_of,
    session_kind,
    session_state,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.security import SecurityScheme
    from bothends.contract.settings import CallerSettings, SessionSettings
    from bothends.world.sessions.base import Cookies, SessionKind


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


# States of a credential of any kind: which alternative it belongs to, and which of its parts is missing or wrong.


class OfScheme(SessionState):
    """It is about what is shown for one scheme; the caller's other credentials are right."""

    @property
    def scheme(self) -> str:
        """The scheme."""
        return self.parameters["scheme"]

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session: it is not about the session's own content."""
        return issuer.issue(user)


@session_state("signed-in-by", tried=None)
class SignedInBy(OfScheme):
    """The alternative is chosen; by `and`, the schemes of a set."""

    pattern = "signed in by {schemes}"
    about = "valid credentials of these security schemes: `apiKey`, or `apiKey and signature`"
    family = ""
    chooses = True

    def __init__(self, parameters: Mapping[str, str]) -> None:
        super().__init__(parameters)
        self.schemes = tuple(parameters["schemes"].split(" and "))


@session_state("credential-missing", tried=None)
class Missing(OfScheme):
    """One member of a set is not shown."""

    pattern = "the credential for {scheme} is missing"
    about = "all credentials of the caller except the one for that security scheme"


@session_state("credential-garbled", tried=None)
class Garbled(OfScheme):
    """One that is of the right form, and of no caller."""

    pattern = "the credential for {scheme} is garbled"
    about = "a credential for that security scheme with its letters and digits changed"


@session_state("credential-wrong", tried=None)
class Wrong(OfScheme):
    """One that the settings call wrong."""

    pattern = "the credential for {scheme} is wrong, number {number}"
    about = "a credential for that security scheme that the settings list under `wrong`, counted from 1"

    @property
    def number(self) -> int:
        """Which one, from 1."""
        text = self.parameters["number"]
        return int(text) if text.isdecimal() else 0


# The kinds of libraries, each registered where it is defined.

KINDS: Registry[SessionKind] = Registry("session kind", lambda kind: kind.name)

_Kind = TypeVar("_Kind", bound=Callable[[], "SessionKind"])


def library(made: _Kind) -> _Kind:
    """Register a library's kind of session: one that makes a user of its own for each exchange."""
    kind = KINDS.add(made())
    session_kind(kind.name)(lambda settings: MintedSession(settings, kind))
    return made


# The kind `static`: what a few callers show stands in the settings, and is what it is.


@session_kind("static")
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
