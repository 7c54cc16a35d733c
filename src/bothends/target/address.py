"""Where a target listens, as its base URL says."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from bothends.errors import ContractError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_EXPECTED = "http://host:port or https://host:port, with or without a path before the operations' own"


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a base URL.

    Attributes:
        secure: Whether it is `https`.
        host: Name or IP address, an IPv6 address without its brackets.
        port: TCP port.
        prefix: Path that stands before each request's target, without a slash at its end; often empty.
    """

    secure: bool
    host: str
    port: int
    prefix: str = ""

    @property
    def authority(self) -> str:
        """The `Host` header's value: the port is left out where the scheme implies it (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self._scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"{self._scheme}://{self.authority}{self.prefix}"

    @property
    def _scheme(self) -> str:
        return "https" if self.secure else "http"


def parse_base_url(url: str) -> Address:
    """Read a base URL.

    Raises:
        ContractError: It is no `http` or `https` URL, or it has a user, a query or a fragment.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ContractError(f"The target's URL {url!r} can't be read: {error}.", expected=_EXPECTED) from error
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise ContractError(f"The target's URL {url!r} is no http URL.", expected=_EXPECTED)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ContractError(
            f"The target's URL {url!r} has more than a base URL can have.",
            expected=_EXPECTED,
            advice="Leave out the user, the query and the fragment.",
        )
    return Address(
        secure=parts.scheme == "https",
        host=host,
        port=_DEFAULT_PORTS[parts.scheme] if port is None else port,
        prefix=parts.path.rstrip("/"),
    )
