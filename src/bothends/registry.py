"""Where a thing is registered: at its definition, by its name. No other file lists it."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bothends.errors import ContractError, HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Item = TypeVar("_Item")


class Registry(Generic[_Item]):
    """Things of one kind by their names, in the order in which they were registered.

    Args:
        sort: What they are, for messages: `fault`.
        name: Returns the name of one.
    """

    def __init__(self, sort: str, name: Callable[[_Item], str]) -> None:
        self._sort = sort
        self._name = name
        self._items: dict[str, _Item] = {}

    def add(self, item: _Item) -> _Item:
        """Add one, and return it, so that this is a decorator as well.

        Raises:
            HarnessError: Its name is taken.
        """
        name = self._name(item)
        if name in self._items:
            raise HarnessError(f"The {self._sort} `{name}` is registered twice")
        self._items[name] = item
        return item

    def remove(self, name: str) -> None:
        """Remove one; an unknown name is a `KeyError`."""
        del self._items[name]

    def find(self, name: str) -> _Item | None:
        """Return the one of this name; None: there is none."""
        return self._items.get(name)

    def get(self, name: str) -> _Item:
        """Return the one of this name.

        Raises:
            ContractError: There is none.
        """
        if name not in self._items:
            import difflib  # noqa: PLC0415 -- keeps start-up short

            near = difflib.get_close_matches(name, self._items, n=1)
            raise ContractError(
                f"Unknown {self._sort} `{name}`",
                expected=" or ".join(f"`{known}`" for known in self._items),
                advice=f"Did you mean `{near[0]}`?" if near else "",
            )
        return self._items[name]

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        return tuple(self._items)

    def __iter__(self) -> Iterator[_Item]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)


_Base = TypeVar("_Base")


def class_of_row(base: type[_Base], name: str, why: str, **own: Any) -> type[_Base]:
    """Return the class of a row of a table: `own` has its values, and for its methods functions without `self`."""
    members = {key: staticmethod(value) if callable(value) else value for key, value in own.items()}
    return type(name, (base,), {"__doc__": why, "__module__": base.__module__, **members})


def import_modules(package: str) -> tuple[str, ...]:
    """Import each module of a package, so that it registers what it defines, and return their names."""
    folders = importlib.import_module(package).__path__
    names = [module.name for module in pkgutil.iter_modules(folders, f"{package}.")]
    for name in names:
        importlib.import_module(name)
    return tuple(names)
