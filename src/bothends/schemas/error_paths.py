"""Where a validator says that something is wrong, in the keys that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def as_written(whole: Any, path: Sequence[str | int]) -> tuple[str | int, ...]:
    """Return an error's path with the keys of the whole value: jsonschema-rs tells the key `00` as the number 0."""
    return _written(whole, tuple(path)) or tuple(path)


def _written(whole: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    """Return a path with the keys that are there; None: it leads nowhere, as it does below one of `0` and `00`."""
    if not path or not isinstance(whole, dict | list):  # what is wrong may be a text
        return path
    part: Any = path[0]
    keys: list[Any] = [part]
    if isinstance(whole, dict) and isinstance(part, int):
        keys = [each for each in whole if each.isdecimal() and int(each) == part]
    for key in keys:
        if key in whole if isinstance(whole, dict) else key < len(whole):
            rest = _written(whole[key], path[1:])
            if rest is not None:
                return (key, *rest)
    return None
