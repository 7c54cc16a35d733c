"""`x-transitions` on an operation, as data: in which states of its object it is right, and to which it leads."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.errors import Location

_MOST_MORE = 4
"""Ways to one state beside the shortest: where each state leads to each other one, there are many."""


@dataclass(frozen=True, slots=True)
class Way:
    """How an object gets into a state.

    Attributes:
        state: The state.
        path: The operations that lead to it from a new object, in order.
        before: The state before the last of them, where the way is not the shortest; None: it is.
    """

    state: Any
    path: tuple[str, ...]
    before: Any = None


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
        per: Of an operation that makes the object, the parameter, or the JSON pointer into the body, that names what it
            makes one for at a time; empty: as many as there are.
        again: The states of the one that it made before in which it makes another for the same; none: in no state.
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
    per: str = ""
    again: tuple[Any, ...] = ()
    location: Location | None = field(default=None, compare=False)

    @property
    def asked(self) -> tuple[Any, ...] | None:
        """The states in which it succeeds: of its object, or of the one that it made before; None: they don't count."""
        return self.again if self.per else self.before

    def is_right(self, state: Any) -> bool:
        """Return whether it succeeds in a state."""
        return self.asked is None or any(same_state(state, one) for one in self.asked)

    @property
    def once(self) -> bool:
        """Whether a success leaves the object in a state in which no other one is right."""
        return self.asked is not None and bool(self.after) and not any(map(self.is_right, self.after))

    def leads_to(self, state: Any, then: Any) -> bool:
        """Return whether the state `then` is right after a success in `state`."""
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
    found: list[tuple[Any, tuple[str, ...]]] = []
    waiting: deque[tuple[Any, tuple[str, ...]]] = deque((state, ()) for state in _first_states(transitions))
    while waiting:
        state, path = waiting.popleft()
        if any(same_state(state, known) for known, _ in found):
            continue
        found.append((state, path))
        waiting.extend((then, (*path, name)) for name, then in _leading_on(transitions, state))
    return found


def ways_to_states(transitions: Mapping[str, Transitions]) -> list[Way]:
    """Return the ways to each state that can be reached: the shortest, and one from each state that leads to it.

    A target may keep a state in several places, of which each request looks at some: what it refuses in a state may
    depend on where the object came from.

    Args:
        transitions: Those of the operations of one object, by their IDs.
    """
    paths = paths_to_states(transitions)
    found = [Way(state, path) for state, path in paths]
    more: Counter[int] = Counter()
    for before, path in paths:
        for name, then in _leading_on(transitions, before):
            place = next(place for place, (state, _) in enumerate(paths) if same_state(state, then))
            way = (*path, name)
            known = any(one.path == way and same_state(one.state, then) for one in found)
            if not (known or same_state(before, then)) and more[place] < _MOST_MORE:
                more[place] += 1
                found.append(Way(then, way, before))
    return found


def _first_states(transitions: Mapping[str, Transitions]) -> Iterator[Any]:
    for one in transitions.values():
        if one.before is None:
            yield from one.after


def _leading_on(transitions: Mapping[str, Transitions], state: Any) -> Iterator[tuple[str, Any]]:
    """Yield the operations that lead on from a state, each with the state that it leads to."""
    for name, one in transitions.items():
        if one.before is not None and one.is_right(state):
            yield from ((name, then) for then in one.after)


def states_of(transitions: Iterable[Transitions]) -> list[Any]:
    """Return all states that some operations name, each once."""
    found: list[Any] = []
    for one in transitions:
        for state in (*one.after, *(one.asked or ())):
            if not any(same_state(state, known) for known in found):
                found.append(state)
    return found
