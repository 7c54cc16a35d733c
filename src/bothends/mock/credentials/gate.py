"""Whether an operation lets a caller in: alternatives of sets of schemes (OpenAPI 3.1.0, section 4.8.30)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.mock.credentials.readers import READERS, Asking, Known, Reader, Sources
from bothends.registry import import_modules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bothends.contract.model import Operation
    from bothends.contract.security import SchemeUse
    from bothends.contract.security_schemes import SecurityScheme
    from bothends.mock.sending import Outgoing
    from bothends.world.http import Received


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


_CERTIFICATE = "mutualTLS"
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Unmet:
    """A scheme that nobody can meet: over plain HTTP comes no certificate.

    Attributes:
        scheme: The scheme.
        closed: The operations that let nobody in, as each of their alternatives asks for one.
    """

    scheme: SecurityScheme
    closed: tuple[Operation, ...]

    def __str__(self) -> str:
        """Return what that means, in one line."""
        scheme = f"{self.scheme.name} ({self.scheme.type}) lets nobody in, as plain HTTP has no client certificates"
        names = ", ".join(operation.id for operation in self.closed[:_MOST_NAMED])
        rest = len(self.closed) - _MOST_NAMED
        names += f" and {rest:,} more" if rest > 0 else ""
        return (
            f"{scheme}; "
            + (f"nothing else does at {names}" if names else "other alternatives do")
            + f" ({self.scheme.where})"
        )


def unmet(operations: Iterable[Operation]) -> tuple[Unmet, ...]:
    """Return the schemes of some operations that nobody can meet."""
    found: dict[str, SecurityScheme] = {}
    closed: dict[str, list[Operation]] = {}
    for operation in operations:
        alternatives = operation.security.alternatives
        asked = [{m.scheme.name: m.scheme for m in each.members if _is_certificate(m.scheme)} for each in alternatives]
        for schemes in asked:
            found |= schemes
        for name in dict.fromkeys(name for schemes in asked for name in schemes) if all(asked) else ():
            closed.setdefault(name, []).append(operation)
    return tuple(Unmet(scheme, tuple(closed.get(name, ()))) for name, scheme in found.items())


def _is_certificate(scheme: SecurityScheme) -> bool:
    return scheme.type == _CERTIFICATE


class _Present:
    """Lets in all who show something: nothing says what is right."""

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
            case _ if _is_certificate(self._scheme):
                return None  # there is no TLS, so there is no certificate: this is shown by nobody
            case _:
                return asking.after("bearer")


class Gate:
    """Reads the credentials of all operations.

    Args:
        value: Returns a value that the mock was told of a session, by scheme and key; else empty.
        client: Asks for key sets.
        seconds: How long that may take.
    """

    def __init__(self, value: Callable[[str, str], str], client: Outgoing, seconds: float) -> None:
        import_modules("bothends.mock.credentials")
        self._value = value
        self._client = client
        self._seconds = seconds
        self._readers: dict[str, Reader] = {}

    async def verdict(self, operation: Operation, message: Received, now: float) -> Verdict:
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
