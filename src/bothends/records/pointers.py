"""JSON pointers (RFC 6901), as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __reduce__(self) -> str:
        return "MISSING"  # in another process it is the one of that process


MISSING: Final = _Missing()
"""What a pointer finds where there is nothing: not null, which is a value."""

_DEEPEST = 4
_INDEX = re.compile(r"0|[1-9][0-9]{0,17}")  # RFC 6901 section 4: no sign and no leading zeros; no list is longer


class Missing(LookupError):  # noqa: N818 -- it names what is the matter, as KeyError's kin do
    """A pointer that leads nowhere.

    Attributes:
        found: The longest part of the pointer that leads somewhere.
        key: The key or index that is missing there.
        value: What stands at `found`.
    """

    def __init__(self, found: str, key: str, value: Any) -> None:
        """Say how far the pointer led."""
        super().__init__(f"{key!r} is missing at {found or 'the root'}")
        self.found = found
        self.key = key
        self.value = value


def join(*parts: str | int) -> str:
    """Return the pointer of these keys and indices: `join("a/b", 0)` is `/a~1b/0`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def split(pointer: str) -> list[str]:
    """Return the keys of a pointer, unescaped.

    Raises:
        ValueError: It is neither empty nor begins with `/` (RFC 6901 section 3).
    """
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"a JSON pointer is empty or begins with '/', and this is {pointer!r}")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def lookup(value: Any, pointer: str) -> Any:
    """Return what stands at a pointer.

    Raises:
        ValueError: The pointer is malformed.
        Missing: It leads nowhere.
    """
    keys = split(pointer)
    for place, key in enumerate(keys):
        inner = _child(value, key)
        if inner is MISSING:
            raise Missing(join(*keys[:place]), key, value)
        value = inner
    return value


def resolve(value: Any, pointer: str) -> Any:
    """Return what stands at a pointer, or MISSING.

    Raises:
        ValueError: The pointer is malformed.
    """
    for key in split(pointer):
        value = _child(value, key)
        if value is MISSING:
            break
    return value


def _child(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return value.get(key, MISSING)
    if isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
        return value[int(key)]
    return MISSING


def with_value(value: Any, keys: Sequence[str], new: Any) -> Any:
    """Return a JSON value with a new one in a place that is there, whose keys `split` returns, all else as it was."""
    if not keys:
        return new
    key, rest = keys[0], keys[1:]
    if isinstance(value, list):
        return [with_value(each, rest, new) if str(index) == key else each for index, each in enumerate(value)]
    return {name: with_value(each, rest, new) if name == key else each for name, each in value.items()}


def put(value: Any, keys: Sequence[str], text: str) -> Any:
    """Return a JSON value with a text at a place, made where there is none yet; the same where it can't be there.

    Args:
        value: The value.
        keys: The keys of the place, as `split` returns them.
        text: What is to stand there.
    """
    if not keys:
        return text
    key, rest = keys[0], keys[1:]
    if isinstance(value, list):
        index = int(key) if key.isdecimal() else len(value)
        return [put(each, rest, text) if at == index else each for at, each in enumerate(value)]
    if isinstance(value, dict):
        return {**value, key: put(value.get(key, {}), rest, text)}
    return value


def texts_and_numbers(value: Any, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the texts and numbers of a JSON value with their pointers: what else there is agrees by chance too often.

    An array's items are not told apart by their number, so they are left out; so is what lies deep.
    """
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, each in value.items():
            yield from texts_and_numbers(each, pointer + join(key), depth + 1)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and pointer:
        yield pointer, value
