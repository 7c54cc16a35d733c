"""What an operator is: one way to lie, at every place of an exchange where it makes sense.

An operator is one definition, registered where it is defined, in the package or outside it. It also says what would
have to be said at a place for its lie to be noticed there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.score.ground import Ground
    from bothends.score.lie import Lie, Side


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to lie.

    Attributes:
        name: Its name, as reports have it.
        about: What a target does that lies so, in one sentence.
        side: At which end.
        lies: Returns the lies that can be told of an exchange.
    """

    name: str
    about: str
    side: Side
    lies: Callable[[Ground], Iterator[Lie]]


_OPERATORS: Registry[Operator] = Registry("operator", lambda operator: operator.name)


def register(operator: Operator) -> Operator:
    """Take an operator in, and return it.

    Raises:
        HarnessError: There is one of this name.
    """
    return _OPERATORS.add(operator)


def unregister(name: str) -> None:
    """Leave an operator out from now on.

    Raises:
        KeyError: There is none of this name.
    """
    _OPERATORS.remove(name)


def all_operators() -> tuple[Operator, ...]:
    """Return all operators, in the order in which they were registered."""
    return tuple(_OPERATORS)


def lie_of(name: str, about: str, side: Side) -> Callable[[Callable[[Ground], Iterator[Lie]]], Operator]:
    """Return a decorator that registers what tells the lies of an operator.

    Args:
        name: The operator's name.
        about: What a target does that lies so, in one sentence.
        side: At which end.
    """
    return lambda lies: register(Operator(name, about, side, lies))
