"""What was seen of the objects of a service, as data: what succeeded about them, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bothends.records import MISSING, count_of, join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract.requests import IdPlace

TIMES = 2
"""How often each is tried: what one try alone shows may be chance."""
_MOST_NAMED = 4

History = tuple[str, ...]
"""The operations that an object has gone through since it was made."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A request about an object that was made for it.

    Attributes:
        before: What the object had gone through.
        operation: The request's operation.
        status: The status of the answer; None: there was none.
        body: The JSON value of the answer; MISSING where it is none.
    """

    before: History
    operation: str
    status: int | None
    body: Any = MISSING

    @property
    def succeeded(self) -> bool:
        """Whether the answer is a success."""
        return self.status is not None and self.status // 100 == 2  # noqa: PLR2004 -- the class of successes

    @property
    def refused(self) -> bool:
        """Whether the answer is a refusal."""
        return self.status is not None and self.status // 100 == 4  # noqa: PLR2004 -- the class of refusals


@dataclass(slots=True)
class SeenObject:
    """One kind of object, and what was seen of it.

    Attributes:
        leads: The path that leads to it.
        makers: The operations that make it.
        reader: The operation that shows it; empty: there is none.
        places: By operation that may change it, the place of its id in that one's requests.
        tried: Each request, in order.
    """

    leads: str
    makers: tuple[str, ...]
    reader: str
    places: dict[str, IdPlace]
    tried: list[Tried] = field(default_factory=list)

    def of(self, before: History, operation: str) -> list[Tried]:
        """Return the tries of an operation about objects that had gone through the same."""
        return [each for each in self.tried if (each.before, each.operation) == (before, operation)]

    def all_succeed(self, before: History, operation: str) -> bool:
        """Return whether each of several tries was a success."""
        some = self.of(before, operation)
        return len(some) >= TIMES and all(each.succeeded for each in some)

    def refusal(self, before: History, operation: str) -> int | None:
        """Return the status with which each of several tries was refused; None: they were not, or not alike."""
        some = self.of(before, operation)
        statuses = {each.status for each in some}
        return some[0].status if len(some) >= TIMES and len(statuses) == 1 and some[0].refused else None

    def histories(self) -> list[History]:
        """Return what objects had gone through, the shortest first."""
        return sorted(dict.fromkeys(each.before for each in self.tried), key=len)


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that is refused for what there is, or was not.

    Attributes:
        family: What it was about.
        place: The place of the id that no object has, or of the tag.
        status: The status of the answer; None: there was none.
        in_path: Whether that place is in the path.
    """

    family: str
    place: str
    status: int | None
    in_path: bool = False


@dataclass(slots=True)
class SeenObjects:
    """What was seen of all objects.

    Attributes:
        every: Each kind of object.
        refused: Requests about what is not there, or is not as it was, by operation.
        theirs: The statuses of requests for objects of other callers, by operation.
    """

    every: list[SeenObject] = field(default_factory=list)
    refused: dict[str, list[Refused]] = field(default_factory=dict)
    theirs: dict[str, list[int | None]] = field(default_factory=dict)


def states_in(shown: Sequence[Tried]) -> set[tuple[str, str]]:
    """Return the words that all of some answers have at one place: such may be the state of an object.

    Args:
        shown: Answers that show objects which have gone through the same.
    """
    bodies = [each.body for each in shown if each.succeeded]
    if len(bodies) < TIMES or not all(isinstance(each, dict) for each in bodies):
        return set()
    first, *others = bodies
    return {
        (join(name), value)
        for name, value in first.items()
        if isinstance(value, str) and _is_word(value) and all(each.get(name) == value for each in others)
    }


_LONGEST_WORD = 32


def _is_word(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_WORD and text.replace("_", "").replace("-", "").replace(" ", "").isalpha()


# Words.


def listed(names: Sequence[str]) -> str:
    """Return some names, for a person to read."""
    shown, more = names[:_MOST_NAMED], len(names) - _MOST_NAMED
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def share(count: int, every: int) -> str:
    """Return how many of some requests there were, for a person to read."""
    return f"{count} of {count_of(every, 'request')}"
