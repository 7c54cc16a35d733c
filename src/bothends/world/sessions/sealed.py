"""Sessions that are made for each caller, and sealed into a cookie as a library does it."""

from __future__ import annotations

import json
import secrets
from abc import abstractmethod
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import count, takewhile
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from bothends.contract.tables import NOT_EMPTY, SESSIONS
from bothends.world.sessions.base import Part, Session, SessionState, UserState, known_states
from bothends.world.sessions.jose_reading import WrongTokenError, check_times, json_object
from bothends.world.sessions.reading import Known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.openapi import SecurityScheme
    from bothends.contract.tables import Table
    from bothends.world.sessions.base import Caller, Cookies, Headers
    from bothends.world.sessions.reading import CallerRequest


class SealingLibrary(Protocol):
    """How one library seals sessions."""

    @property
    def chunk(self) -> int:
        """Longest value of one cookie, characters; a longer token is cut into several cookies."""
        ...

    def salt(self, cookie: str) -> str:
        """Return the salt that the key is derived with, which may be the cookie's name."""
        ...

    def key(self, secret: str, cookie: str, salt: str | None = None) -> bytes:
        """Return the key of tokens, which may depend on the cookie's name; `salt` is another than the library's."""
        ...

    def header(self, key: bytes) -> dict[str, str]:
        """Return the protected header of a token, which may name the key that it is encrypted with."""
        ...

    def seal(self, claims: Mapping[str, Any], secret: str, cookie: str) -> str:
        """Return the token that holds a session's claims (RFC 7519 section 4)."""
        ...

    def opened(self, token: str, secret: str, cookie: str) -> bytes:
        """Return what a token holds; one that the library has not made with this secret is a `WrongTokenError`."""
        ...


# Issues the cookies of one session.

LIFETIME = 30 * 24 * 3600
"""How long a session lasts, seconds: the default of next-auth and of Auth.js."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """What it takes to issue one session.

    Attributes:
        library: Whose sessions they are.
        secret: The session secret.
        cookie: The cookie's name.
        now: When the session is issued, seconds since the epoch.
        number: Whose it is, for `sub` and `jti`.
    """

    library: SealingLibrary
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
        return self.library.key(self.secret, self.cookie)

    @property
    def header(self) -> dict[str, str]:
        """The header of a token."""
        return self.library.header(self.key)

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
            "jti": _uuid_of(f"{self.number}/{self.now}"),
        }

    def seal(self, claims: Mapping[str, Any]) -> str:
        """Return the token that holds the claims."""
        return self.library.seal(claims, self.secret, self.cookie)

    def cookies(self, token: str) -> Cookies:
        """Return the cookies that carry a token: one, or several when it is longer than one may be."""
        size = self.library.chunk
        return ((self.cookie, token),) if len(token) <= size else self.chunks(token, size)

    def chunks(self, token: str, size: int) -> Cookies:
        """Return the numbered cookies that carry a token between them, `size` characters of it in one at most."""
        parts = [token[start : start + size] for start in range(0, len(token), size)]
        return tuple((f"{self.cookie}.{index}", part) for index, part in enumerate(parts))

    def issue(self, user: Mapping[str, Any]) -> Cookies:
        """Return the cookies of a valid session of a user."""
        return self.cookies(self.seal(self.claims(user)))


def _uuid_of(text: str) -> str:
    """Return a UUID that is made of a text, the same each time (RFC 9562 section 5.8: version 8)."""
    made = blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{made[:8]}-{made[8:12]}-8{made[13:16]}-8{made[17:20]}-{made[20:]}"


# A state of such a session: which cookies a request gets.


class SealedState(SessionState):
    """One state of a session in a cookie."""

    @abstractmethod
    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Return the cookies of a request by a user who is signed in, or would be."""

    def headers(self, issuer: Issuer, user: Mapping[str, Any]) -> Headers:  # noqa: ARG002 -- most states have none
        """Return the headers of a request, where the session is in other headers than the usual `Cookie`."""
        return ()


# The base of the kinds: a user of its own for each exchange.

_IDENTITY = ("name", "email", "image")
_LEEWAY = 15
"""How far the issuer's clock may be off, seconds: as these libraries have it."""
_SECURE = "__Secure-"
"""What next-auth puts before the cookie's name when the site's URL is https."""


def with_cookie(example: str) -> dict[str, Any]:
    """Return the schema of a table.

    Args:
        example: A cookie's name, as the library has it.
    """
    return {
        "required": ["cookie"],
        "properties": {
            "cookie": {
                "description": "Name of the cookie.",
                "type": "string",
                "pattern": NOT_EMPTY,
                "examples": [example],
            },
            "secret": {
                "description": "Secret of these sessions. Without it: a new one for each run of a launched target.",
                "type": "string",
                "pattern": NOT_EMPTY,
            },
            "strict": {
                "description": "Whether a session that the real library accepts, and a careful contract would not, is "
                "a finding.",
                "type": "boolean",
            },
        },
    }


class SealedSession(Session):
    """A session in a cookie, with the user of the exchange.

    Attributes:
        library: How it is sealed.
    """

    library: ClassVar[SealingLibrary]

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.cookie: str = table.values["cookie"]
        self._secret = table.text("secret") or secrets.token_urlsafe(32)

    def satisfies(self, scheme: SecurityScheme) -> bool:
        """Return whether it is the scheme's cookie."""
        same = self.cookie.removeprefix(_SECURE) == scheme.parameter.removeprefix(_SECURE)
        return scheme.type == "apiKey" and scheme.location == "cookie" and same

    @property
    def states(self) -> tuple[str, ...]:
        """All that are known of a sealed session."""
        return tuple(state.name for state in known_states(SealedState, UserState))

    @property
    def strict(self) -> bool:
        """Whether the settings ask for more than the library does."""
        return self.table.flag("strict")

    @property
    def checked_first(self) -> bool:
        """So it is: the handler opens the session before it reads the body."""
        return True

    @property
    def shown(self) -> str:
        """The cookie."""
        return f"the cookie {self.cookie}"

    @property
    def not_known(self) -> tuple[str, ...]:
        """The secret, where a new one is made."""
        return () if "secret" in self.values else ("secret",)

    @property
    def own_secrets(self) -> tuple[str, ...]:
        """The secret, where it stands in the table."""
        return ("secret",) if "secret" in self.values else ()

    @property
    def shape(self) -> tuple[Any, ...]:
        """The cookie too: cases send it in odd forms."""
        return (self.cookie, self.strict)

    def credential(self, caller: Caller, now: float) -> Part:
        """Return the cookies of a valid session."""
        return Part(cookies=self._issuer(caller, now).issue(caller.user))

    async def read(self, request: CallerRequest) -> Known | str:
        """Return the user of the session in the cookie."""
        secret = self.values.get("secret") or request.told("secret")
        cookies = request.cookies
        chunks = takewhile(cookies.__contains__, (f"{self.cookie}.{number}" for number in count()))
        token = "".join(cookies[name] for name in ([self.cookie] if self.cookie in cookies else chunks))
        if not token:
            return f"there is no cookie {self.cookie}"
        if not secret:
            return "the secret of sessions is not known"
        try:
            claims = json_object(self.library.opened(token, secret, self.cookie))
            check_times(claims, request.now, _LEEWAY)
        except WrongTokenError as wrong:
            return str(wrong)
        user = {name: claims.get("picture" if name == "image" else name) for name in _IDENTITY}
        if not all(isinstance(value, str | None) for value in user.values()) or not (user["name"] or user["email"]):
            return "the session is nobody's"
        subject = claims.get("sub")
        return Known(subject if isinstance(subject, str) else json.dumps(user, sort_keys=True), user)

    def identity(self, caller: Caller) -> dict[str, Any]:
        """Return what the session says of the user."""
        return {key: caller.user.get(key) for key in _IDENTITY}

    def in_state(self, state: SessionState, caller: Caller, now: float) -> tuple[Part, Mapping[str, Any]] | None:
        """Return the cookies of a session in that state, and its user."""
        if not isinstance(state, SealedState):
            return super().in_state(state, caller, now)
        issuer, user = self._issuer(caller, now), state.user(caller.user)
        return Part(state.headers(issuer, user), state.cookies(issuer, user)), user

    def secrets(self) -> tuple[str, ...]:
        """Return what the sessions are made with."""
        return (self._secret,)

    def variables(self) -> dict[str, str]:
        """Return what the sessions are made with."""
        return {"secret": self._secret}

    def _issuer(self, caller: Caller, now: float) -> Issuer:
        return Issuer(self.library, self._secret, self.cookie, now, caller.number)


def another_library(library: SealingLibrary) -> SealingLibrary:
    """Return the first library that is not this one."""
    kinds = (kind for kind in SESSIONS.registered if issubclass(kind, SealedSession))
    return next(kind.library for kind in kinds if kind.library is not library)
