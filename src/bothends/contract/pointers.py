"""JSON pointers (RFC 6901), as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


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


def parents(pointer: str) -> Iterable[str]:
    """Yield the pointer itself, then each of its parents, up to the root."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""


def lookup(value: Any, pointer: str) -> Any:
    """Return what stands at a pointer.

    Raises:
        ValueError: The pointer is malformed.
        Missing: It leads nowhere.
    """
    found = ""
    for key in split(pointer):
        value = _child(value, key, found)
        found += join(key)
    return value


def _child(value: Any, key: str, found: str) -> Any:
    if isinstance(value, dict) and key in value:
        return value[key]
    # RFC 6901 section 4: an index has no sign and no leading zeros.
    if isinstance(value, list) and key.isascii() and key.isdigit() and (key == "0" or key[0] != "0"):
        index = int(key) if len(key) < 10 else len(value)  # noqa: PLR2004 -- no list is so long
        if index < len(value):
            return value[index]
    raise Missing(found, key, value)
