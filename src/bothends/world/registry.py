"""A table of things by name, in which no name stands twice."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Generic, TypeVar

from bothends.errors import ContractError, HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Item = TypeVar("_Item")


class Registry(Generic[_Item]):
    """Things of one sort by their names, in the order in which they were given.

    Args:
        sort: What they are, for messages: `fault`.
        name: Tells the name of one.
        items: The things.

    Raises:
        HarnessError: A name stands twice.
    """

    def __init__(self, sort: str, name: Callable[[_Item], str], *items: _Item) -> None:
        self._sort = sort
        self._name = name
        self._items: dict[str, _Item] = {}
        for item in items:
            self.add(item)

    def add(self, item: _Item) -> None:
        """Add one.

        Raises:
            HarnessError: Its name is taken.
        """
        name = self._name(item)
        if name in self._items:
            raise HarnessError(f"two of the {self._sort} registry have the name `{name}`")
        self._items[name] = item

    def get(self, name: str) -> _Item:
        """Return the one of this name.

        Raises:
            ContractError: There is none.
        """
        if name not in self._items:
            near = difflib.get_close_matches(name, self._items, n=1)
            raise ContractError(
                f"unknown {self._sort} `{name}`",
                expected=" or ".join(f"`{known}`" for known in self._items),
                advice=f"did you mean `{near[0]}`?" if near else "",
            )
        return self._items[name]

    def __iter__(self) -> Iterator[_Item]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)
