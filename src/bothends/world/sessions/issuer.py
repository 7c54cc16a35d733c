"""Issues the cookies of one session."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.kind import Cookies, SessionKind

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
