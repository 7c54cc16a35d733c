"""What a session kind is: how one library seals a session into cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

Cookies = tuple[tuple[str, str], ...]
Headers = tuple[tuple[str, str], ...]


class SessionKind(Protocol):
    """One library's sessions. A new one is one file in this package and one line in its `table.py`."""

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
