"""Whether an operation lets a caller in: alternatives of sets of schemes (OpenAPI 3.1.0, section 4.8.30)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.mock.credentials.readers import READERS, Asking, Known, Reader, Sources
from bothends.registry import import_modules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.contract.model import Operation
    from bothends.contract.security import SchemeUse
    from bothends.contract.security_schemes import SecurityScheme
    from bothends.mock.wire import HttpClient, Message


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who asks, and whether that is enough.

    Attributes:
        allowed: Whether the caller is let in.
        forbidden: Whether the caller is known, and may not do this.
        subject: What tells the caller from all others; empty: nobody is known.
        identity: What `session.user` means; None: nothing is known.
    """

    allowed: bool
    forbidden: bool = False
    subject: str = ""
    identity: Mapping[str, Any] | None = None


class _Present:
    """Lets in whoever shows something: nothing says what is right."""

    def __init__(self, scheme: SecurityScheme) -> None:
        self._scheme = scheme

    async def known(self, asking: Asking) -> Known | None:
        """Return that somebody is there."""
        shown = self._shown(asking)
        return Known(f"{self._scheme.name} {shown}") if shown else None

    def _shown(self, asking: Asking) -> str | None:
        match self._scheme.type:
            case "http":
                return asking.after(self._scheme.http_scheme)
            case "apiKey":
                return asking.at(self._scheme.location, self._scheme.parameter)
            case "mutualTLS":
                return "a certificate, which the mock does not look at"
            case _:
                return asking.after("bearer")


class Gate:
    """Reads the credentials of all operations.

    Args:
        value: Returns a value that the mock was told of a session, by scheme and key; else empty.
        client: Asks for key sets.
        seconds: How long that may take.
    """

    def __init__(self, value: Callable[[str, str], str], client: HttpClient, seconds: float) -> None:
        import_modules("bothends.mock.credentials")
        self._value = value
        self._client = client
        self._seconds = seconds
        self._readers: dict[str, Reader] = {}

    async def verdict(self, operation: Operation, message: Message, now: float) -> Verdict:
        """Return who asks, and whether the operation lets them in."""
        alternatives = operation.security.alternatives
        if not alternatives:
            return Verdict(allowed=True)
        asking = Asking(message, now)
        last = Verdict(allowed=False)
        for requirement in alternatives:
            if not requirement.members:
                continue
            found = [await self._reader(member).known(asking) for member in requirement.members]
            callers = [known for known in found if known is not None]
            if len(callers) < len(found):
                continue
            identity: dict[str, Any] = {}
            for known in callers:
                identity |= known.identity or {}
            forbidden = any(
                known.forbidden is not None
                and (not known.forbidden.operations or operation.id in known.forbidden.operations)
                for known in callers
            )
            subject = " + ".join(known.subject for known in callers)
            last = Verdict(allowed=not forbidden, forbidden=forbidden, subject=subject, identity=identity or None)
            if last.allowed:
                return last
        if operation.security.optional and not last.forbidden:
            return Verdict(allowed=True)
        return last

    def _reader(self, use: SchemeUse) -> Reader:
        name = use.scheme.name
        reader = self._readers.get(name)
        if reader is None:
            reader = self._readers[name] = self._made(use)
        return reader

    def _made(self, use: SchemeUse) -> Reader:
        found = None if use.session is None else READERS.find(use.session.name)
        if use.session is None or found is None:
            return _Present(use.scheme)

        def value(key: str) -> str:
            return self._value(use.scheme.name, key)

        return found.make(Sources(use.session, use.scheme, value, self._client, self._seconds))
