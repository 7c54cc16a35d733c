"""What a session kind, its issuer and a state of a session are; a state is registered where it is defined."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from bothends.conditions import ConditionKind, register
from bothends.records import Condition
from bothends.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.security import SecurityScheme
    from bothends.contract.settings import SessionSettings


# What a session kind is: how one library seals a session into cookies.

Cookies = tuple[tuple[str, str], ...]
Headers = tuple[tuple[str, str], ...]


class SessionKind(Protocol):
    """One library's sessions. A new one is one module of this package."""

    @property
    def name(self) -> str:
        """The name in `[world.session] kind`."""
        ...

    @property
    def chunk(self) -> int:
        """Longest value of one cookie, characters; a longer token is cut into several cookies."""
        ...

    def salt(self, cookie: str) -> str:
        """Return the salt that the key is derived with.

        Args:
            cookie: The cookie's name, which it may be.
        """
        ...

    def key(self, secret: str, cookie: str, salt: str | None = None) -> bytes:
        """Return the key that tokens are encrypted with.

        Args:
            secret: The session secret.
            cookie: The cookie's name, which the key may depend on.
            salt: Another salt than the library's.
        """
        ...

    def header(self, key: bytes) -> dict[str, str]:
        """Return the protected header of a token.

        Args:
            key: The key that it is encrypted with, which the header may name.
        """
        ...

    def seal(self, claims: Mapping[str, Any], secret: str, cookie: str) -> str:
        """Return the token that holds the claims.

        Args:
            claims: The session's claims (RFC 7519 section 4).
            secret: The session secret.
            cookie: The cookie's name, which the key may depend on.
        """
        ...


# Issues the cookies of one session.

LIFETIME = 30 * 24 * 3600
"""How long a session lasts, seconds: the default of next-auth and of Auth.js."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """What it takes to issue one session.

    Attributes:
        kind: Whose sessions they are.
        secret: The session secret.
        cookie: The cookie's name.
        now: When the session is issued, seconds since the epoch.
        number: Whose it is, for `sub` and `jti`.
    """

    kind: SessionKind
    secret: str
    cookie: str
    now: float
    number: int = 0

    def with_secret(self, secret: str) -> Issuer:
        """Return the like of it with another secret."""
        return replace(self, secret=secret)

    def at(self, now: float) -> Issuer:
        """Return the like of it at another time."""
        return replace(self, now=now)

    @property
    def key(self) -> bytes:
        """The key that tokens are encrypted with."""
        return self.kind.key(self.secret, self.cookie)

    @property
    def header(self) -> dict[str, str]:
        """The header of a token."""
        return self.kind.header(self.key)

    def claims(self, user: Mapping[str, Any]) -> dict[str, Any]:
        """Return the claims for a user as the libraries name them: `image` becomes `picture`.

        Args:
            user: Any of `name`, `email`, `image`; what is absent gets no claim, None is null. Others go in as they are.
        """
        issued = int(self.now)
        named = {"picture" if key == "image" else key: value for key, value in user.items()}
        return {
            "sub": f"user-{self.number}",
            **named,
            "iat": issued,
            "exp": issued + LIFETIME,
            "jti": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.number}/{self.now}")),
        }

    def seal(self, claims: Mapping[str, Any]) -> str:
        """Return the token that holds the claims."""
        return self.kind.seal(claims, self.secret, self.cookie)

    def cookies(self, token: str) -> Cookies:
        """Return the cookies that carry a token: one, or several when it is longer than one may be."""
        size = self.kind.chunk
        return ((self.cookie, token),) if len(token) <= size else self.chunks(token, size)

    def chunks(self, token: str, size: int) -> Cookies:
        """Return the numbered cookies that carry a token between them.

        Args:
            token: The token.
            size: Characters of it in one cookie, at most.
        """
        parts = [token[start : start + size] for start in range(0, len(token), size)]
        return tuple((f"{self.cookie}.{index}", part) for index, part in enumerate(parts))

    def issue(self, user: Mapping[str, Any]) -> Cookies:
        """Return the cookies of a valid session of a user."""
        return self.cookies(self.seal(self.claims(user)))


# What a session state is: which cookies a request gets.

SIGNED_IN = "signed-in"
SIGNED_OUT = "signed-out"


class SessionState(ABC):
    """One state of the caller's session.

    A subclass is registered where it is defined, by `session_state`.

    Args:
        parameters: The sentence's parameters.

    Attributes:
        name: The name that it is registered by.
        pattern: The sentence.
        about: What the cookies are, for `bothends states`.
        family: The family that it leads to; empty when the session is valid.
        chooses: Whether it only says by which schemes a caller is signed in: then another state may hold beside it.
        schemes: Those schemes; empty: those that are usual.
        doubtful: Whether the library that it is a session of takes it, or right targets differ. Then either
            answer is right, unless `[world.session] strict` asks for the family's.
    """

    name: ClassVar[str]
    pattern: ClassVar[str]
    about: ClassVar[str]
    family: ClassVar[str] = SIGNED_OUT
    doubtful: ClassVar[bool] = False
    chooses: ClassVar[bool] = False

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.parameters = parameters
        self.schemes: tuple[str, ...] = ()

    def user(self, default: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return who is signed in: the state's own user, or the one that the case would have."""
        return default

    @abstractmethod
    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Return the cookies of a request.

        Args:
            issuer: Issues valid sessions, for now.
            user: Who is, or would be, signed in.
        """

    def headers(self, issuer: Issuer, user: Mapping[str, Any]) -> Headers:  # noqa: ARG002 -- most states have none
        """Return the headers of a request, where the session is in other headers than the usual `Cookie`.

        Args:
            issuer: As for `cookies`.
            user: As for `cookies`.
        """
        return ()


# The states of a session: each is registered where it is defined, with its condition.

SESSION_STATES: Registry[type[SessionState]] = Registry("session state", lambda state: state.name)

_AS_IT_IS: Mapping[str, str] = MappingProxyType({})
_State = TypeVar("_State", bound=type[SessionState])


def session_state(name: str, *, tried: Mapping[str, str] | None = _AS_IT_IS) -> Callable[[_State], _State]:
    """Return what registers a state of the session.

    Args:
        name: Its name, and that of the case which tries it: the same in every version.
        tried: The parameters of that case; None: there is none.
    """

    def take_in(made: _State) -> _State:
        made.name = name
        SESSION_STATES.add(made)
        register(
            ConditionKind(
                name,
                made.pattern,
                made.about,
                made.family,
                "session",
                doubtful=made.doubtful,
                tried={} if tried is None else {f"{made.family or SIGNED_IN}/{name}": Condition.of(name, **tried)},
            )
        )
        return made

    return take_in


# What a session is: how the world plays one security scheme. Each kind is registered where it is defined.
#
# Code that signs callers in uses this interface, and knows no kind.


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request: one person, with any number of credentials.

    Attributes:
        number: The exchange's number.
        user: The user that was made for the exchange: `name`, `email`, `image`.
        place: Which of a few callers it is, where the settings give them; from 0.
    """

    number: int
    user: Mapping[str, Any]
    place: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """What a caller shows for one scheme.

    Attributes:
        headers: Name and value pairs.
        cookies: Name and value pairs.
        query: Name and value pairs.
    """

    headers: Headers = ()
    cookies: Cookies = ()
    query: tuple[tuple[str, str], ...] = ()


class Session(ABC):
    """How one scheme is played.

    Attributes:
        settings: Its table.
    """

    def __init__(self, settings: SessionSettings) -> None:
        """Take a table of this kind."""
        self.settings = settings

    @abstractmethod
    def satisfies(self, scheme: SecurityScheme) -> bool:
        """Return whether it can play a scheme."""

    @abstractmethod
    def credential(self, caller: Caller, now: float) -> Part:
        """Return what a caller shows who is to be let in.

        Args:
            caller: Who it is.
            now: Seconds since the epoch.
        """

    @abstractmethod
    def identity(self, caller: Caller) -> dict[str, Any] | None:
        """Return what `session.user` means of a caller; None: nobody knows."""

    def in_state(self, state: SessionState, caller: Caller, now: float) -> tuple[Part, Mapping[str, Any]] | None:
        """Return what a caller shows whose session is in a state, and whose user it has; None: there is no such state.

        Args:
            state: A state of sessions.
            caller: Who it is.
            now: Seconds since the epoch.
        """
        del state, caller, now  # of callers that are given, there is nothing to be changed
        return None

    def wrong(self) -> tuple[Part, ...]:
        """Return what no right target takes, as the settings give it."""
        return ()

    def garbled(self, caller: Caller, now: float) -> Part:
        """Return what a caller shows with its values changed: of the same form, and right no longer."""
        return garbled_part(self.credential(caller, now))

    @abstractmethod
    def states(self) -> tuple[type[SessionState], ...]:
        """Return the states that its sessions can be put into, beyond being right, missing or wrong."""

    def secrets(self) -> tuple[str, ...]:
        """Return what the target keeps to itself: no answer, event, call or report may tell it."""
        return ()

    def caller_secrets(self) -> tuple[str, ...]:
        """Return what callers and the target know, and no report may tell."""
        return ()

    def variables(self) -> dict[str, str]:
        """Return what a target's environment can be made of, by name: `secret`."""
        return {}


Opener = Callable[["SessionSettings"], Session]

OPENERS: Registry[tuple[str, Opener]] = Registry("session kind", lambda opener: opener[0])
"""What opens the sessions of each kind."""

_Opener = TypeVar("_Opener", bound=Opener)


def session_kind(name: str) -> Callable[[_Opener], _Opener]:
    """Return what registers a kind of session: what returns the session of a table.

    Args:
        name: The name in the settings' `kind`.
    """

    def take_in(opener: _Opener) -> _Opener:
        OPENERS.add((name, opener))
        return opener

    return take_in


def garbled_part(part: Part) -> Part:
    """Return what is shown with each of its values garbled."""
    return Part(*(tuple((name, garble(value)) for name, value in pairs) for pairs in _pairs(part)))


def garble(value: str) -> str:
    """Return a text of the same form and another content: the word before a space is kept, as in `Bearer …`.

    Letters are moved by one within their case, digits likewise, the first and the last left alone: a prefix that
    names the form, and padding, stay. What has no letters and digits to change gets one more.
    """
    word, space, rest = value.rpartition(" ")
    changed = rest[:1] + "".join(map(_next, rest[1:-1])) + rest[-1:] if rest else ""
    return f"{word}{space}{changed if changed != rest else f'{rest}x'}"


def secrets_of(part: Part) -> tuple[str, ...]:
    """Return the texts of a credential that tell it: each value, and what follows a scheme's word in it."""
    found: list[str] = []
    for name, value in (pair for pairs in _pairs(part) for pair in pairs):
        found += [value, value.rpartition(" ")[2]]
        if name.lower() == "cookie":
            found += [pair.partition("=")[2].strip() for pair in value.split(";")]
    return tuple(dict.fromkeys(filter(None, found)))


def _pairs(part: Part) -> tuple[tuple[tuple[str, str], ...], ...]:
    return part.headers, part.cookies, part.query


def _next(character: str) -> str:
    for first, last in ("az", "AZ", "09"):
        if first <= character <= last:
            return first if character == last else chr(ord(character) + 1)
    return character
