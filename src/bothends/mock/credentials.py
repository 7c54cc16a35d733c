"""Whether an operation lets a caller in: alternatives of sets of schemes (OpenAPI 3.1.0, section 4.8.30).

Whose a credential is, the kind of session says that plays its scheme.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.contract.tables import asking
from bothends.mock.destinations import NotSentError, UnreachableError
from bothends.mock.sending import BrokenError
from bothends.records import some_of
from bothends.world import CallerRequest, Known, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bothends.contract import Operation
    from bothends.contract.openapi import SecurityScheme
    from bothends.contract.terms import SchemeUse
    from bothends.mock.sending import Outgoing
    from bothends.world import Received


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who asks, and whether that is enough.

    Attributes:
        allowed: Whether the caller is let in.
        forbidden: Whether the caller is known, and may not do this.
        subject: What tells the caller from all others; empty: nobody is known.
        identity: What `session.user` means; None: nothing is known.
        why: Why nobody is known, as far as a kind of session says; empty: somebody is.
        shown: Whether anything is shown, right or wrong.
    """

    allowed: bool
    forbidden: bool = False
    subject: str = ""
    identity: Mapping[str, Any] | None = None
    why: str = ""
    shown: bool = False


_LOG = logging.getLogger("bothends.mock")
_CERTIFICATE = "mutualTLS"


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
        names = some_of([operation.id for operation in self.closed])
        return (
            f"{scheme}; "
            + (f"nothing else does at {names}" if names else "other alternatives do")
            + f" ({self.scheme.where})"
        )


async def _nothing(url: str) -> bytes | None:  # noqa: ARG001 -- what is shown is read without asking anybody
    return None


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


class Gate:
    """Reads the credentials of all operations.

    Args:
        value: Returns a value that the mock was told of a session, by scheme and key; else empty.
        client: Asks for what credentials are checked with, such as a key set.
        seconds: How long that may take.
    """

    def __init__(self, value: Callable[[str, str], str], client: Outgoing, seconds: float) -> None:
        self._value = value
        self._client = client
        self._seconds = seconds
        self._sessions: dict[str, Session] = {}

    async def verdict(self, operation: Operation, received: Received, now: float) -> Verdict:
        """Return who asks, and whether the operation lets them in."""
        alternatives = operation.security.alternatives
        if not alternatives:
            return Verdict(allowed=True)
        last = Verdict(allowed=False)
        unknown: dict[str, None] = {}
        for requirement in alternatives:
            if not requirement.members:
                continue
            found = [await self._read(member, received, now) for member in requirement.members]
            callers = [known for known in found if isinstance(known, Known)]
            if len(callers) < len(found):
                unknown |= dict.fromkeys(each for each in found if isinstance(each, str))
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
        schemes = [member.scheme for requirement in alternatives for member in requirement.members]
        request = CallerRequest(received, now, lambda _: "", _nothing)
        shown = any(isinstance(request.present(scheme), Known) for scheme in schemes)
        return last if last.forbidden else Verdict(allowed=False, why="; ".join(unknown), shown=shown)

    async def _read(self, use: SchemeUse, received: Received, now: float) -> Known | str:
        scheme = use.scheme

        def told(key: str) -> str:
            return self._value(scheme.name, key)

        async def fetch(url: str) -> bytes | None:
            return await self._fetched(scheme.name, url)

        request = CallerRequest(received, now, told, fetch)
        if not isinstance(use.session, Session):  # nothing says what is right
            return request.present(scheme)
        session = self._sessions.get(scheme.name)
        if session is None:
            session = self._sessions[scheme.name] = use.session.playing(scheme)
        with asking(f"session kind '{session.name}'", session.location):
            return await session.read(request)

    async def _fetched(self, scheme: str, url: str) -> bytes | None:
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.request("GET", url, (("Accept", "application/json"),), new=True)
        except NotSentError as error:
            _LOG.warning("what %s is checked with was not asked for: %s", scheme, error)
            return None
        except (UnreachableError, BrokenError, TimeoutError):
            return None  # whom it can't verify, it does not let in
        return answer.body if answer.status == HTTPStatus.OK else None
