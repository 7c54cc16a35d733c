"""What a run has seen, as counts: how often each thing was seen, by what tells it from others.

What is counted is defined where it is read, with the names of what its keys consist of. Each of these is a text, so
that all counts are written in one form. What several parts of a run have seen is the sum of what each has seen.
"""

from __future__ import annotations

from hashlib import blake2s
from typing import TYPE_CHECKING, NamedTuple, Self

from bothends.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

Key = tuple[str, ...]


class Counted(NamedTuple):
    """Something that is counted.

    Attributes:
        name: What it is called where it is written.
        by: What its keys consist of. `operation`, `answer` and `callback` are names of the contract, and are held to it
            when they are read.
        of_the_target: Whether the rest of its keys are the target's words: a secret may be in them.
    """

    name: str
    by: tuple[str, ...]
    of_the_target: bool


COUNTED: Registry[Counted] = Registry("count", lambda one: one.name)


def counted(name: str, *by: str, of_the_target: bool = False) -> Counted:
    """Define something that is counted; the arguments are the attributes of `Counted`."""
    return COUNTED.add(Counted(name, by, of_the_target))


class Counts:  # noqa: PLW1641 -- it changes
    """How often each thing was seen. Its size does not grow with the number of exchanges."""

    def __init__(self) -> None:
        # By the first word of a key as well, an operation's ID mostly: to go through those of one takes no longer where
        # a contract has a thousand.
        self._found: dict[Counted, dict[Key, dict[Key, int]]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counts) and list(self) == list(other)

    def __iter__(self) -> Iterator[tuple[Counted, Key, int]]:
        for what, found in self._found.items():
            for keys in found.values():
                for key, number in keys.items():
                    yield what, key, number

    def __iadd__(self, other: Counts) -> Self:
        for what, key, number in other:
            self.add(what, *key, times=number)
        return self

    def add(self, what: Counted, *key: str, times: int = 1) -> None:
        """Count something."""
        if times:
            keys = self._found.setdefault(what, {}).setdefault(key[:1], {})
            keys[key] = keys.get(key, 0) + times

    def drop(self, what: Counted, *key: str) -> None:
        """Count something no more: it was not what it seemed to be."""
        self._found.get(what, {}).get(key[:1], {}).pop(key, None)

    def number(self, what: Counted, *key: str) -> int:
        """Return how often it was seen."""
        return self._found.get(what, {}).get(key[:1], {}).get(key, 0)

    def under(self, what: Counted, *first: str) -> dict[Key, int]:
        """Return what was seen of it, in the order in which it was first seen, by all of its keys but their beginning.

        Args:
            what: What is counted.
            first: With what the keys begin.
        """
        found, length = self._found.get(what, {}), len(first)
        groups = [found.get(first[:1], {})] if first else list(found.values())
        return {
            key[length:]: number
            for keys in groups
            for key, number in keys.items()
            if number > 0 and key[:length] == first
        }

    def words(self, what: Counted, *first: str) -> list[str]:
        """Return the next word of each key under a beginning, each once, in the order in which it was first seen."""
        return list(dict.fromkeys(key[0] for key in self.under(what, *first)))


def told_apart(text: str) -> str:
    """Return what tells a text from others, and does not give it away: it may be a secret."""
    return blake2s(text.encode(errors="surrogatepass"), digest_size=4).hexdigest()
