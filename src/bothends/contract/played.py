"""Which table of the settings supplies which security scheme of the spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import ContractError, did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bothends.contract.kinds import SessionSettings
    from bothends.contract.security_schemes import SecurityScheme
    from bothends.contract.settings import WorldSettings


def played_sessions(
    world: WorldSettings, schemes: Mapping[str, SecurityScheme], asked: Collection[str]
) -> dict[str, SessionSettings]:
    """Return the session settings of each scheme, by the scheme's name.

    `[world.session]` supplies those that have no table of their own, that an operation asks for and that its kind can
    supply. Where it can supply none, nobody can sign in by it, and the run reports what was not proven.

    Args:
        world: The `[world]` table.
        schemes: The spec's schemes.
        asked: Names of those that an operation asks for.

    Raises:
        ContractError: A table fits no scheme, or several, or its kind can't supply the scheme.
    """
    for name, session in world.sessions.items():
        if name not in schemes:
            raise ContractError(
                f"[world.sessions.{name}] names no security scheme of the spec.",
                where=session.location,
                expected=one_of(schemes),
                advice=did_you_mean(name, schemes) or "Declare it under components/securitySchemes.",
            )
        if not session.satisfies(schemes[name]):
            raise ContractError(
                f"The kind '{session.name}' of [world.sessions.{name}] can't supply {described(schemes[name])}.",
                where=session.location,
                expected=_expected(schemes[name]),
                advice=f"The scheme is declared at {schemes[name].where}.",
            )
    found = {name: session.playing(schemes[name]) for name, session in world.sessions.items()}
    if world.session is not None:
        names = _of_the_single_one(world.session, world, schemes, asked)
        found |= {name: world.session.playing(schemes[name]) for name in names}
    return found


def described(scheme: SecurityScheme) -> str:
    """Return what a scheme asks for, in words: `the header X-Key (apiKey)`."""
    match scheme.type:
        case "apiKey":
            what = {"header": "header", "query": "query parameter", "cookie": "cookie"}[scheme.location]
            return f"the {what} {scheme.parameter} (apiKey)"
        case "http":
            return f"Authorization: {scheme.http_scheme.capitalize()} (http)"
    return f"{scheme.name} ({scheme.type})"


def _of_the_single_one(
    session: SessionSettings, world: WorldSettings, schemes: Mapping[str, SecurityScheme], asked: Collection[str]
) -> list[str]:
    free = [scheme for name, scheme in schemes.items() if name in asked and name not in world.sessions]
    names = [scheme.name for scheme in free if session.satisfies(scheme)]
    if session.mints:
        return names
    if free and not names:
        raise ContractError(
            f"No caller of [world.session] has what the spec requires: {' or '.join(map(described, free))}.",
            where=session.location,
            expected=_expected(free[0]),
            advice=f"The scheme is declared at {free[0].where}.",
        )
    if len(names) > 1:
        raise ContractError(
            f"[world.session] is ambiguous: it fits {' and '.join(names)}.",
            where=session.location,
            expected=one_of([f"[world.sessions.{name}]" for name in names]),
        )
    return names


def _expected(scheme: SecurityScheme) -> str:
    if scheme.type == "mutualTLS":
        return "no table: bothends does not support client certificates yet"
    return f"each caller with {described(scheme)}"
