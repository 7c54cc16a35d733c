"""What a reader of credentials is: it tells whose request it is, as a target that has a user base would."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl

from bothends.contract.kinds import ForbiddenCaller
from bothends.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bothends.contract.kinds import SessionSettings
    from bothends.contract.security_schemes import SecurityScheme
    from bothends.mock.sending import Outgoing
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
class Asking:
    """A request, as a reader looks at it.

    Attributes:
        message: The request.
        now: Seconds since the epoch.
    """

    message: Received
    now: float

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies, of several with one name the first (RFC 6265, section 5.4)."""
        found: dict[str, str] = {}
        for value in self.message.all("cookie"):
            for pair in value.split(";"):
                name, equals, text = pair.strip(" \t").partition("=")
                if equals:
                    found.setdefault(name, text)
        return found

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the query, of several with one name the first."""
        return dict(reversed(parse_qsl(self.message.query, keep_blank_values=True)))

    def after(self, word: str) -> str | None:
        """Return what follows a scheme's word in the one `Authorization`; None where there is none of that scheme."""
        values = self.message.all("authorization")
        if len(values) != 1:
            return None
        scheme, space, rest = values[0].partition(" ")
        return rest.strip(" ") if space and scheme.lower() == word else None

    def at(self, location: str, name: str) -> str | None:
        """Return a text at a place of the request; None: it is not there."""
        match location:
            case "query":
                return self.query.get(name)
            case "cookie":
                return self.cookies.get(name)
            case _:
                values = self.message.all(name.lower())
                return values[0] if len(values) == 1 else None


class Reader(Protocol):
    """Reads the credential of one scheme."""

    async def known(self, asking: Asking) -> Known | None:
        """Return whose it is; None: nobody's that is known."""
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """What a reader is made from.

    Attributes:
        session: The table of the settings.
        scheme: The security scheme.
        value: Returns a value that the mock was told of the session, by the end of its name: `secret`; else empty.
        client: Asks what the credentials are checked with, such as a key set.
        seconds: How long that may take.
    """

    session: SessionSettings
    scheme: SecurityScheme
    value: Callable[[str], str] = field(compare=False)
    client: Outgoing = field(compare=False)
    seconds: float = 1.0


class _Named:
    def __init__(self, name: str, make: Callable[[Sources], Reader]) -> None:
        self.name = name
        self.make = make


READERS: Registry[_Named] = Registry("reader of credentials", lambda reader: reader.name)
"""By the name of a kind of session, what makes its reader."""


def reader(*names: str) -> Callable[[Any], Any]:
    """Return what registers a reader for kinds of session."""

    def take_in(make: Any) -> Any:
        for name in names:
            READERS.add(_Named(name, make))
        return make

    return take_in


def listed(sources: Sources, usual: Sequence[Mapping[str, Any]] = ()) -> Iterator[tuple[int, Mapping[str, Any], Known]]:
    """Yield the callers of a table, from 1: what the table says of each, and who that is.

    Args:
        sources: The table.
        usual: The callers of a table that lists none.
    """
    for number, entry in enumerate(sources.session.values.get("callers", usual), 1):
        forbidden = ForbiddenCaller.of(entry["forbidden"]) if entry.get("forbidden") else None
        yield number, entry, Known(f"{sources.scheme.name} {number}", entry.get("identity"), forbidden)
