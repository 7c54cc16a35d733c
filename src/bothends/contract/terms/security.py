"""`security`: which credentials an operation asks for, and which of them the settings play.

Alternatives (OR) of sets (AND) of schemes; an empty set lets everybody in (OpenAPI 3.1.0, sections 4.8.27 and 4.8.30).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bothends.errors import ContractError, did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from bothends.contract.openapi import SecurityScheme
    from bothends.contract.tables import SessionSettings
    from bothends.documents import Place


@dataclass(frozen=True, slots=True)
class SchemeUse:
    """A scheme as a member of a requirement.

    Attributes:
        scheme: The scheme.
        session: What plays it; None: nothing does.
    """

    scheme: SecurityScheme
    session: SessionSettings | None = None

    @property
    def mints(self) -> bool:
        """Whether callers of their own are made for it, with a credential for each exchange."""
        return self.session is not None and self.session.mints


@dataclass(frozen=True, slots=True)
class Requirement:
    """One alternative: a caller shows the credentials of all its schemes.

    Attributes:
        members: The schemes; none: everybody is let in.
        pointer: Where it stands: JSON pointer in its file.
        schemes: The names of its schemes.
        presentable: The names of those of its schemes that are played: what can be shown of it.
    """

    members: tuple[SchemeUse, ...] = ()
    pointer: str = ""
    schemes: tuple[str, ...] = field(init=False, repr=False, compare=False)
    presentable: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look up once what is asked for every exchange."""
        played = tuple(member.scheme.name for member in self.members if member.session is not None)
        object.__setattr__(self, "schemes", tuple(member.scheme.name for member in self.members))
        object.__setattr__(self, "presentable", played)

    @property
    def played(self) -> bool:
        """Whether callers can be signed in by it: each of its schemes is played."""
        return bool(self.members) and len(self.presentable) == len(self.members)

    @property
    def mints(self) -> bool:
        """Whether each exchange has a caller of its own: one of its credentials tells who it is."""
        return any(member.mints for member in self.members)

    @property
    def states(self) -> frozenset[str]:
        """The names of the states that one of its sessions can be in."""
        return frozenset(state for m in self.members if m.session is not None for state in m.session.states)

    @property
    def checked_first(self) -> bool:
        """Whether a right target looks at one of its credentials before anything else in a request."""
        return any(member.session is not None and member.session.checked_first for member in self.members)

    @property
    def callers(self) -> int | None:
        """How many callers there are; None: as many as there are exchanges."""
        counts = (m.session.callers for m in self.members if m.session is not None)
        return min((count for count in counts if count is not None), default=None)


@dataclass(frozen=True, slots=True)
class Security:
    """What an operation asks of its callers.

    Attributes:
        alternatives: Any one of them will do; none: nothing is asked.
        pointer: Where `security` stands: JSON pointer in its file; empty: nowhere.
        played: The alternatives that callers can be signed in by.
    """

    alternatives: tuple[Requirement, ...] = ()
    pointer: str = ""
    played: tuple[Requirement, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look up once what is asked for every exchange."""
        object.__setattr__(self, "played", tuple(one for one in self.alternatives if one.played))

    @property
    def optional(self) -> bool:
        """Whether everybody is let in, though a credential may be shown."""
        return any(not requirement.members for requirement in self.alternatives)

    @property
    def of_callers(self) -> Security:
        """What is asked of a caller who shows a credential at all."""
        return Security(tuple(requirement for requirement in self.alternatives if requirement.members), self.pointer)

    @property
    def demanded(self) -> bool:
        """Whether nobody is let in without a credential."""
        return bool(self.alternatives) and not self.optional

    @property
    def usual(self) -> Requirement | None:
        """The alternative that callers are signed in by where a case does not say; None: nobody can sign in."""
        return next(iter(self.played), None)

    @property
    def has_forbidden(self) -> bool:
        """Whether a caller of one of its schemes is known to lack permission for something."""
        sessions = (member.session for requirement in self.played for member in requirement.members)
        return any(session is not None and session.forbidden for session in sessions)

    @property
    def unplayable(self) -> bool:
        """Whether a credential is demanded that nobody can have: nothing that needs a caller can be judged."""
        return self.demanded and not self.played

    @property
    def partial(self) -> tuple[Requirement, ...]:
        """The alternatives of which some schemes are played and others are not: what can be shown is not enough."""
        some = (r for r in self.alternatives if r.presentable and not r.played)
        return tuple(r for r in some if not self.lets_in(r.presentable))

    def lets_in(self, schemes: Iterable[str]) -> bool:
        """Whether right credentials for some schemes are all that an alternative asks for."""
        shown = frozenset(schemes)
        return any(shown.issuperset(requirement.schemes) for requirement in self.alternatives)

    @property
    def minted(self) -> Requirement | None:
        """The first alternative with sessions that are made for each exchange, where one is demanded; else None."""
        return next((r for r in self.played if r.mints), None) if self.demanded else None

    @property
    def mints_identities(self) -> bool:
        """Whether each exchange has a caller of its own, by whom its event can be told."""
        return self.usual is not None and self.usual.mints


def asked_schemes(root: Place, operations: Iterable[Place]) -> frozenset[str]:
    """Return the names of all schemes that any operation asks for."""
    found: set[str] = set()
    for operation in operations:
        holder = _holder(root, operation)
        for alternative in holder.child("security").items() if holder is not None else ():
            found.update(alternative.mapping())
    return frozenset(found)


def read_security(
    root: Place,
    operation: Place,
    schemes: Mapping[str, SecurityScheme],
    sessions: Mapping[str, SessionSettings],
    wrong: Mapping[str, ContractError] | None = None,
) -> Security:
    """Return what an operation asks of its callers: its own list replaces the document's (OpenAPI 3.1.0, 4.8.10).

    Raises:
        ContractError: A security scheme is not declared, or can't be used.
    """
    holder = _holder(root, operation)
    if holder is None:
        return Security()
    place = holder.child("security")
    found = []
    for alternative in place.items():
        names = tuple(alternative.mapping())
        for name in names:
            if wrong and name in wrong:
                raise wrong[name]
            if name not in schemes:
                raise alternative.child(name).error(
                    f"The security scheme '{name}' is not declared under components/securitySchemes.",
                    expected=one_of(schemes),
                    advice=did_you_mean(name, schemes),
                )
        members = tuple(SchemeUse(schemes[name], sessions.get(name)) for name in names)
        found.append(Requirement(members, alternative.pointer))
    # Where each set is empty, nothing is asked, as by an empty list.
    return Security(tuple(found) if any(requirement.members for requirement in found) else (), place.pointer)


def _holder(root: Place, operation: Place) -> Place | None:
    holder = operation if "security" in operation.mapping() else root
    return holder if "security" in holder.mapping() else None


# Which table of the settings supplies which scheme.


def played_sessions(
    tables: Mapping[str, SessionSettings],
    single: SessionSettings | None,
    schemes: Mapping[str, SecurityScheme],
    asked: Collection[str],
) -> dict[str, SessionSettings]:
    """Return the session settings of each scheme, by the scheme's name.

    `[world.session]` supplies those that have no table of their own, that an operation asks for and that its kind can
    supply. Where it can supply none, nobody can sign in by it, and the run reports what was not proven.

    Args:
        tables: The tables `[world.sessions.…]`, by their names.
        single: The table `[world.session]`.
        schemes: The spec's schemes.
        asked: Names of those that an operation asks for.

    Raises:
        ContractError: A table fits no scheme, or several, or its kind can't supply the scheme.
    """
    for name, session in tables.items():
        if name not in schemes:
            raise ContractError(
                f"[world.sessions.{name}] names no security scheme of the spec.",
                where=session.location,
                expected=one_of(schemes),
                advice=did_you_mean(name, schemes) or "Declare it under components/securitySchemes.",
            )
        if not session.satisfies(schemes[name]):
            raise ContractError(
                f"The kind '{session.name}' of [world.sessions.{name}] can't supply {scheme_in_words(schemes[name])}.",
                where=session.location,
                expected=_expected(schemes[name]),
                advice=f"The scheme is declared at {schemes[name].where}.",
            )
    found = {name: session.playing(schemes[name]) for name, session in tables.items()}
    if single is not None:
        names = _of_the_single_one(single, tables, schemes, asked)
        found |= {name: single.playing(schemes[name]) for name in names}
    return found


def scheme_in_words(scheme: SecurityScheme) -> str:
    """Return what a scheme asks for, in words: `the header X-Key (apiKey)`."""
    match scheme.type:
        case "apiKey":
            what = {"header": "header", "query": "query parameter", "cookie": "cookie"}[scheme.location]
            return f"the {what} {scheme.parameter} (apiKey)"
        case "http":
            return f"Authorization: {scheme.http_scheme.capitalize()} (http)"
    return f"{scheme.name} ({scheme.type})"


def _of_the_single_one(
    session: SessionSettings,
    tables: Collection[str],
    schemes: Mapping[str, SecurityScheme],
    asked: Collection[str],
) -> list[str]:
    free = [scheme for name, scheme in schemes.items() if name in asked and name not in tables]
    names = [scheme.name for scheme in free if session.satisfies(scheme)]
    if session.mints:
        return names
    if free and not names:
        raise ContractError(
            f"No caller of [world.session] has what the spec requires: {' or '.join(map(scheme_in_words, free))}.",
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
    return f"each caller with {scheme_in_words(scheme)}"
