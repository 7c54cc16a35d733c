"""Where the mock may send: to this machine, to what the user names, and nowhere else.

Theory of operation. A request names where its events go, so anybody who reaches the mock could have it send to any
service that this machine reaches. A name is looked up before anything is sent, and the connection is made to the
address that was looked at: a name that is another address a moment later is not followed there. Redirects are not
followed at all.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

    LookUp = Callable[[str, int], Awaitable[Sequence[str]]]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Origin = tuple[str, str, int]
"""Scheme, host and port."""
_HOST = re.compile(r"(?:\*\.)?[^\s/@:?#\[\]*,]+")
_PORTS = {"http": 80, "https": 443}
_LAST_PORT = 65535


class UnreachableError(Exception):
    """No connection could be made: nothing was sent."""


class NotSentError(UnreachableError):
    """Nothing was sent, as it would have gone where the mock may not send."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the mock may send, as the user names it.

    Attributes:
        text: As it was written.
        scheme: The scheme; empty: any.
        host: The host in lower case, `*.example.com` for all below a domain; empty: it is a network.
        port: The port; 0: any.
        network: The addresses; None: they are those of the host, whatever they are.
    """

    text: str
    scheme: str = ""
    host: str = ""
    port: int = 0
    network: _Network | None = None

    def takes(self, origin: Origin, address: _Address) -> bool:
        """Return whether an address that the host of an origin has is one of it."""
        scheme, host, port = origin
        if self.scheme not in ("", scheme) or self.port not in (0, port):
            return False
        if self.network is not None:
            return address in self.network
        own = host.lower().rstrip(".")
        return own.endswith(self.host[1:]) if self.host.startswith("*.") else own == self.host


def read_destination(text: str) -> Destination:
    """Return a destination.

    Args:
        text: A host, with or without a port; a network; or an origin.

    Raises:
        ContractError: It is none of these.
    """
    found = _network(text, text) or (_of_origin(text) if "://" in text else _of_host(text, text))
    if found is None:
        raise ContractError(
            f"'{text}' is nowhere to send to.",
            expected="a host (hooks.example.com, 192.0.2.7:9000), a network (192.0.2.0/24),"
            " or an origin (https://hooks.example.com)",
        )
    return found


def _network(text: str, whole: str, scheme: str = "", port: int = 0) -> Destination | None:
    try:
        network = ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None
    return Destination(whole, scheme, port=port, network=network)


def _of_origin(text: str) -> Destination | None:
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    if parts.scheme not in _PORTS or parts.path not in ("", "/") or parts.query or parts.fragment:
        return None
    return _of_host(f"{parts.netloc if parts.port else parts.netloc.rstrip(':')}", text, parts.scheme, port)


def _of_host(text: str, whole: str, scheme: str = "", port: int = 0) -> Destination | None:
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?", text)
    if match is None:
        return None
    port = int(match[2]) if match[2] else port
    if port > _LAST_PORT or (match[2] and not port):
        return None
    if "/" not in match[1] and (found := _network(match[1], whole, scheme, port)) is not None:
        return found
    host = match[1].lower().rstrip(".")
    return Destination(whole, scheme, host, port) if _HOST.fullmatch(host) else None


class Destinations:
    """Where the mock may send.

    Args:
        named: What the user names besides this machine.
        known: Returns texts that the user has given: all that has the origin of a URL among them may be sent to.
        host: Returns a host that the user has given.
        look_up: Returns the addresses of a host.
    """

    def __init__(
        self,
        named: Iterable[str] = (),
        known: Callable[[], Collection[str]] = tuple,
        host: Callable[[], str] = str,
        look_up: LookUp | None = None,
    ) -> None:
        self._named = [read_destination(text) for text in named]
        self._known = known
        self._host = host
        self._look_up = look_up or _resolved

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """What the user names besides this machine, and the origins of URLs that the user gives."""
        named = [each.text for each in self._named]
        origins = [origin for url in sorted(self._known()) if (origin := origin_of(url)) is not None]
        host = self._host()
        hosts = [host] if host and not _is_plainly_here(host) else []
        urls = [written(each) for each in origins if not _is_plainly_here(each[1])]
        return tuple(dict.fromkeys((*named, *hosts, *urls)))

    def add(self, text: str) -> None:
        """Take one more that the user names, or raise a `ContractError`."""
        self._named.append(read_destination(text))

    async def addresses(self, origin: Origin) -> list[str]:
        """Return the addresses of an origin that may be sent to, in the order in which they are to be tried.

        Raises:
            NotSentError: It has addresses, and none of them may.
            OSError: It has none.
            UnicodeError: Its host is no name.
        """
        _, host, port = origin
        try:
            found = [(host, _unmapped(ipaddress.ip_address(host)))]
        except ValueError:
            texts = dict.fromkeys(await self._look_up(host, port))
            found = [(text, _unmapped(ipaddress.ip_address(text))) for text in texts]
        if self._is_known(origin):
            return [text for text, _ in found]
        allowed = [text for text, address in found if self._takes(origin, address)]
        if not allowed:
            raise self._refusal(host, [text for text, _ in found])
        return allowed

    def _takes(self, origin: Origin, address: _Address) -> bool:
        # A connection to the unspecified address is one to this machine.
        if address.is_loopback or address.is_unspecified:
            return True
        return any(each.takes(origin, address) for each in self._named)

    def _is_known(self, origin: Origin) -> bool:
        return origin[1] == self._host().lower() or any(origin_of(url) == origin for url in self._known())

    @staticmethod
    def _refusal(host: str, addresses: Sequence[str]) -> NotSentError:
        shown = host.encode("ascii", "backslashreplace").decode()
        at = "" if [host] == list(addresses) else f" ({', '.join(addresses[:3])})"
        return NotSentError(f"{shown}{at} is not this machine; --send-to {shown} sends there")


def origin_of(url: str) -> Origin | None:
    """Return the origin of a URL of HTTP; None: it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]


def written(origin: Origin) -> str:
    """Return the URL of an origin."""
    scheme, host, port = origin
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" if port == _PORTS[scheme] else f"{scheme}://{host}:{port}"


def _is_plainly_here(host: str) -> bool:
    """Return whether a host is this machine, without looking it up."""
    try:
        address = _unmapped(ipaddress.ip_address(host))
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
    return address.is_loopback or address.is_unspecified


async def _resolved(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _unmapped(address: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 address stands for (RFC 4291, section 2.5.5.2), else the address."""
    return getattr(address, "ipv4_mapped", None) or address


def is_of_this_machine(address: str) -> bool:
    """Return whether an address can be reached from this machine alone."""
    return _unmapped(ipaddress.ip_address(address)).is_loopback
