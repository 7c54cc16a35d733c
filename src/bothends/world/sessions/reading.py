"""A request as a kind of session reads it, and who is found: so `bothends mock` knows its callers.

A kind reads what it writes, as a target does that was told what `variables` has: it does not look at what it has made.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bothends.contract.openapi import SecurityScheme
    from bothends.contract.tables import ForbiddenCaller
    from bothends.world.http import Received


@dataclass(frozen=True, slots=True)
class Known:
    """A caller who is known.

    Attributes:
        subject: What tells the caller from all others.
        identity: What `session.user` means of the caller; None: nothing is known of that.
        forbidden: What the caller may not do; None: everything is allowed.
    """

    subject: str
    identity: Mapping[str, Any] | None = None
    forbidden: ForbiddenCaller | None = None


@dataclass(frozen=True, slots=True)
class CallerRequest:
    """A request of a caller.

    Attributes:
        received: The request.
        now: Seconds since the epoch.
        told: Returns what the target was told, by the names of `variables` and of setup: `secret`, `setup.token`; else
            an empty text.
        fetch: Returns what is at a URL, such as a key set; None: nothing that can be had.
    """

    received: Received
    now: float
    told: Callable[[str], str] = field(compare=False)
    fetch: Callable[[str], Awaitable[bytes | None]] = field(compare=False)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name."""
        return cookies_of(self.received)

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the query, of several with one name the first."""
        return dict(reversed(parse_qsl(self.received.query, keep_blank_values=True)))

    def header(self, name: str) -> str | None:
        """Return the value of a header, whatever its case; None: it is not there, or there are several."""
        values = self.received.all(name.lower())
        return values[0] if len(values) == 1 else None

    def after(self, word: str) -> str | None:
        """Return what follows a scheme's word in the one `Authorization`; None where there is none of that scheme."""
        scheme, space, rest = (self.header("authorization") or "").partition(" ")
        return rest.strip(" ") if space and scheme.lower() == word.lower() else None

    def at(self, location: str, name: str) -> str | None:
        """Return a text in a `query`, a `cookie` or a `header` of the request; None: it is not there."""
        match location:
            case "query":
                return self.query.get(name)
            case "cookie":
                return self.cookies.get(name)
            case _:
                return self.header(name)

    def shown(self, scheme: SecurityScheme) -> str | None:
        """Return what stands where a security scheme has its credential; None: nothing does."""
        match scheme.type:
            case "http":
                return self.after(scheme.http_scheme)
            case "apiKey":
                return self.at(scheme.location, scheme.parameter)
            case "mutualTLS":
                return None  # plain HTTP has no certificate
            case _:
                return self.after("bearer")

    def present(self, scheme: SecurityScheme) -> Known | str:
        """Return that somebody is there who shows anything, or why nobody is: for where nothing says what is right."""
        shown = self.shown(scheme)
        return Known(f"{scheme.name} {shown}") if shown else f"there is no credential for {scheme.name}"


def cookies_of(received: Received) -> dict[str, str]:
    """Return the cookies of a request, of several with one name the first (RFC 6265, section 5.4)."""
    found: dict[str, str] = {}
    for value in received.all("cookie"):
        for pair in value.split(";"):
            name, equals, text = pair.strip(" \t").partition("=")
            if equals:
                found.setdefault(name, text)
    return found


def same(one: str, other: str) -> bool:
    """Return whether two texts are the same; how long that takes tells nothing of them."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
