"""`x-transitions` on an operation, as data: in which states of its object it is right, and to which it leads."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bothends.errors import Location


@dataclass(frozen=True, slots=True)
class Transitions:
    """What an operation does to the state of its object.

    Attributes:
        before: The states in which it succeeds; None: it makes the object.
        after: The states after a success; empty: it stays as it was.
        others: The status in all other states; None: the contract does not say here.
        at: JSON pointer to the state in what shows the object; None: another operation of the object says it.
        reader: The ID of the operation that shows the object; empty: that is not known yet.
        named: The parameter, or the JSON pointer into the body, that has the id; empty: the last of the path.
        leads: What the place of the id leads to, as places have it; empty: that is not known yet.
        location: Where it stands.
    """

    before: tuple[Any, ...] | None
    after: tuple[Any, ...] = ()
    others: int | None = None
    at: str | None = None
    reader: str = ""
    named: str = ""
    leads: str = ""
    location: Location | None = field(default=None, compare=False)

    def is_right(self, state: Any) -> bool:
        """Return whether it succeeds in a state."""
        return self.before is None or any(same_state(state, one) for one in self.before)

    def leads_to(self, state: Any, then: Any) -> bool:
        """Return whether a state is right after a success.

        Args:
            state: The one before.
            then: The one after.
        """
        return any(same_state(then, one) for one in self.after or (state,))


def same_state(one: Any, other: Any) -> bool:
    """Return whether two values are one state: JSON tells 1 from true, and Python does not."""
    return type(one) is type(other) and bool(one == other)


def paths_to_states(transitions: Mapping[str, Transitions]) -> list[tuple[Any, tuple[str, ...]]]:
    """Return the states of an object that can be reached, each with the operations that lead to it from a new one.

    Args:
        transitions: Those of the operations of one object, by their IDs. Where a success leads to one of several
            states, which one it is is seen only then.
    """
    makers = [one for one in transitions.values() if one.before is None]
    found: list[tuple[Any, tuple[str, ...]]] = []
    waiting: deque[tuple[Any, tuple[str, ...]]] = deque((state, ()) for one in makers for state in one.after)
    while waiting:
        state, path = waiting.popleft()
        if any(same_state(state, known) for known, _ in found):
            continue
        found.append((state, path))
        for name, one in transitions.items():
            if one.before is not None and one.is_right(state):
                waiting.extend((then, (*path, name)) for then in one.after)
    return found


def states_of(transitions: Iterable[Transitions]) -> list[Any]:
    """Return all states that some operations name, each once."""
    found: list[Any] = []
    for one in transitions:
        for state in (*one.after, *(one.before or ())):
            if not any(same_state(state, known) for known in found):
                found.append(state)
    return found
