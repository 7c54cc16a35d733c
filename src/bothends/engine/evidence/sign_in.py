"""What a contract leaves open of sign-in: schemes without a session, too few callers, callers without identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.settings import lines_for
from bothends.contract.terms import FORBIDDEN, scheme_in_words
from bothends.records import NotProven, Weight, some_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bothends.contract import Contract, Operation
    from bothends.contract.openapi import SecurityScheme
    from bothends.contract.tables import SessionSettings

_ENOUGH = 2
"""Callers of whom one could be taken for another."""


def sign_in_not_proven(contract: Contract) -> Iterator[NotProven]:
    """Yield what sign-in leaves open, the scheme that most depends on first."""
    yield from _unplayed(contract)
    yield from _too_few(contract)
    yield from _unknown(contract)
    yield from _never_forbidden(contract)


def _unplayed(contract: Contract) -> Iterator[NotProven]:
    asked: dict[str, tuple[SecurityScheme, list[Operation]]] = {}
    for operation in contract.operations:
        for requirement in operation.security.alternatives:
            for member in requirement.members:
                known = asked.setdefault(member.scheme.name, (member.scheme, []))[1]
                if member.session is None and operation not in known:
                    known.append(operation)
    for scheme, operations in asked.values():
        if not operations:
            continue
        shut = [operation for operation in operations if operation.security.unplayable]
        if shut:
            what = f"only requests without a valid credential were judged for {_named(shut)}"
        else:
            what = f"this way to sign in to {_named(operations)} was not tried"
        lines = lines_for(scheme)
        how = "" if lines else " (no kind of session can present a client certificate)"
        yield NotProven(
            f"sign-in: {scheme.name}",
            f"The settings have no session for {scheme_in_words(scheme)}{how}, so {what}.{_near(contract, scheme)}",
            where=scheme.where,
            add=lines,
            weight=Weight.SIGN_IN,
        )


def _near(contract: Contract, scheme: SecurityScheme) -> str:
    """Return why `[world.session]` does not provide a cookie, where it has another one."""
    session = contract.settings.world.session
    if session is None or not session.shown or scheme.location != "cookie":
        return ""
    return f" [world.session] has {session.shown}."


def _never_forbidden(contract: Contract) -> Iterator[NotProven]:
    """Yield each table with a caller who lacks permission, where no operation says what such a caller gets."""
    for name, session, operations in _tables(contract):
        if not session.forbidden or any(operation.forbidden_numbers(session) for operation in operations):
            continue
        yield NotProven(
            f"permission: {name}",
            f"A caller of {name} is forbidden, but no answer of {_named(operations)} says what such a caller gets.",
            where="" if session.location is None else str(session.location),
            add=f"x-given: {FORBIDDEN}",
            weight=Weight.SIGN_IN,
        )


def _too_few(contract: Contract) -> Iterator[NotProven]:
    for name, session, operations in _tables(contract):
        if session.callers is None or session.callers >= _ENOUGH:
            continue
        alone = [
            operation
            for operation in operations
            if operation.security.demanded and all((r.callers or _ENOUGH) < _ENOUGH for r in operation.security.played)
        ]
        if alone:
            yield NotProven(
                f"leakage between callers: {name}",
                f"Only one caller is given for {name}, so mixed-up callers of {_named(alone)} can't be detected.",
                where="" if session.location is None else str(session.location),
                add=f"a second entry in `callers` of [world.sessions.{name}]",
                weight=Weight.SIGN_IN,
            )


def _unknown(contract: Contract) -> Iterator[NotProven]:
    for name, session, operations in _tables(contract):
        unnamed = session.unidentified
        from_session = [operation for operation in operations if _needs_identity(operation)]
        if unnamed and from_session:
            numbers = ", ".join(map(str, unnamed))
            yield NotProven(
                f"identity of callers: {name}",
                f"Event values of {_named(from_session)} come from the session, but caller {numbers} of {name} has no "
                "`identity`: the values were not compared.",
                where="" if session.location is None else str(session.location),
                add="identity = {…} in each entry of `callers`, with the values that `x-from: session.…` names",
                weight=Weight.VALUES,
            )


def _needs_identity(operation: Operation) -> bool:
    """Whether a value of an event must come from the session, and no credential of its callers identifies them."""
    from_session = any("session" in event.walk.kinds for event in operation.events)
    return from_session and not operation.security.mints_identities


def _tables(contract: Contract) -> Iterator[tuple[str, SessionSettings, list[Operation]]]:
    """Yield each scheme that has a session, its table, and the operations whose usual callers show it."""
    for name, session in contract.settings.world.sessions.items():
        played = (o for o in contract.operations if o.security.usual is not None)
        yield name, session, [o for o in played if any(name in r.schemes for r in o.security.played)]


def _named(operations: Sequence[Operation] | Iterable[Operation]) -> str:
    return some_of([operation.id for operation in operations])
