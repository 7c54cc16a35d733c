"""The states of a session: each is registered where it is defined, with its condition."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from bothends.conditions import ConditionKind, register
from bothends.records import Condition
from bothends.world.registry import Registry
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SESSION_STATES: Registry[type[SessionState]] = Registry("session state", lambda state: state.name)

_AS_IT_IS: Mapping[str, str] = MappingProxyType({})
_State = TypeVar("_State", bound=type[SessionState])


def session_state(name: str, *, tried: Mapping[str, str] | None = _AS_IT_IS) -> Callable[[_State], _State]:
    """Return what registers a state of the session.

    Args:
        name: Its name, and that of the case which tries it: the same in every version.
        tried: The parameters of that case; None: there is none.
    """

    def take_in(made: _State) -> _State:
        made.name = name
        SESSION_STATES.add(made)
        register(
            ConditionKind(
                name,
                made.pattern,
                made.about,
                made.family,
                "session",
                doubtful=made.doubtful,
                tried=None if tried is None else Condition.of(name, **tried),
            )
        )
        return made

    return take_in
