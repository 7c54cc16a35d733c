"""Makes the session state and the faults of conditions.

Faults and session states are found, not listed: a new one is one row, or one class, in its folder, and no other file
names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.conditions import kind_of, parse, sentence
from bothends.errors import ContractError
from bothends.registry import import_modules
from bothends.world.faults import FAULTS, Fault
from bothends.world.sessions.base import SESSION_STATES, SessionState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from bothends.records import Condition


MODULES = (*import_modules("bothends.world.sessions"), *import_modules("bothends.world.faults"))
"""The modules in which they may be defined: each is imported, and so registers its own."""


def made(condition: Condition) -> SessionState | Fault:
    """Return the session state or the fault of a condition; a wrong value of a parameter is a `ContractError`."""
    if kind_of(condition.name).of_session:
        return SESSION_STATES.get(condition.name)(condition.texts)
    return FAULTS.get(condition.name)(condition.subject, condition.texts)


def made_together(
    conditions: Iterable[Condition], upstreams: Collection[str]
) -> tuple[SessionState | None, dict[str, tuple[Condition, Fault]]]:
    """Return the session state and the faults of conditions that hold at once.

    Args:
        conditions: The conditions.
        upstreams: Names of the upstreams that there are, `ingest` among them when there is one.

    Returns:
        The session's state, or None when no condition is about it; and by upstream, the condition and its fault.

    Raises:
        ContractError: One names an unknown upstream, or two are about the same thing; as `made`.
        HarnessError: As `made`.
    """
    session: tuple[Condition, SessionState] | None = None
    choice: tuple[Condition, SessionState] | None = None
    faults: dict[str, tuple[Condition, Fault]] = {}
    for condition in conditions:
        state = made(condition)
        other: tuple[Condition, SessionState | Fault] | None
        if isinstance(state, Fault):
            if state.upstream not in upstreams:
                raise ContractError(
                    f"`{sentence(condition)}` names an unknown upstream",
                    expected=" or ".join(f"`{name}`" for name in upstreams) or "no upstream at all",
                )
            other = faults.get(state.upstream)
            faults[state.upstream] = (condition, state)
        elif state.chooses:
            other, choice = choice, (condition, state)
        else:
            other, session = session, (condition, state)
        if other is not None:
            raise ContractError(f"`{sentence(other[0])}` and `{sentence(condition)}` can't hold at once")
    if session is not None and choice is not None:
        session[1].schemes = choice[1].schemes
    found = session or choice
    return (None if found is None else found[1]), faults


def read(texts: Iterable[str], upstreams: Collection[str], ingests: Collection[str]) -> tuple[Condition, ...]:
    """Read the sentences of states that hold at once, from a person or a file: `the ingest hangs`, `signed out`.

    Among `upstreams` are the names of ingests, too.

    Raises:
        ContractError: A sentence is unknown, a parameter has a wrong value, or two are about the same thing.
    """
    conditions = tuple(parse(text, upstreams, ingests) for text in texts)
    made_together(conditions, upstreams)
    return conditions
