"""What does not follow for a value: a keyword of a schema, and the way to where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.diff.given import Given

TOO_LARGE = "too large"
"""The detail of a gap of which nothing is known: the schemas are too large to argue."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step into a value: a member or an item.

    Attributes:
        given: What is known of the object or the array.
        key: The member's name, or the item's index; None: the name of a member that nothing names.
    """

    given: Given
    key: str | int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A keyword of the reader's schema that does not follow.

    Attributes:
        trail: The way from the whole value to the one that it is about.
        keyword: The keyword; empty: the schema allows nothing at all.
        given: What is known of the value.
        schema: The reader's schema.
        detail: What of the keyword: the member's name, the kinds that are refused.
        values: Values that show it, where it was decided by looking at each.
    """

    trail: tuple[Step, ...]
    keyword: str
    given: Given
    schema: Any
    detail: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()

    def after(self, trail: tuple[Step, ...]) -> Gap:
        """Return it as a gap of a value that holds the one that it is of."""
        # Hundreds of thousands of times for a large document: `dataclasses.replace` takes five times as long.
        return Gap((*trail, *self.trail), self.keyword, self.given, self.schema, self.detail, self.values)

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it apart from others, wherever in a value it is."""
        return self.keyword, self.given.key, id(self.schema), self.detail

    @property
    def path(self) -> tuple[str, ...]:
        """The names and indices that lead to the value; `*` for any."""
        return tuple("*" if step.key is None or isinstance(step.key, int) else step.key for step in self.trail)


def each_once(found: Iterable[Gap]) -> tuple[Gap, ...]:
    """Return gaps, each once: that of the shortest way."""
    kept: dict[tuple[Any, ...], Gap] = {}
    for gap in found:
        known = kept.get(gap.key)
        if known is None or len(gap.trail) < len(known.trail):
            kept[gap.key] = gap
    return tuple(kept.values())
