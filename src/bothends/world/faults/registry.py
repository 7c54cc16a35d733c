"""The faults: each is registered where it is defined, with its condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bothends.conditions import ConditionKind, register
from bothends.world.faults.fault import Fault
from bothends.world.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

FAULTS: Registry[type[Fault]] = Registry("fault", lambda fault: fault.name)

_Fault = TypeVar("_Fault", bound=type[Fault])


def fault(name: str) -> Callable[[_Fault], _Fault]:
    """Return what registers a fault.

    Args:
        name: Its name: the same in every version, as cases and files refer to it.
    """

    def take_in(made: _Fault) -> _Fault:
        made.name = name
        FAULTS.add(made)
        register(
            ConditionKind(
                name,
                made.pattern,
                made.about,
                made.family,
                "upstream",
                recovers=made.recovers,
                may_store=made.may_store,
                in_words=made.in_words,
            )
        )
        return made

    return take_in
