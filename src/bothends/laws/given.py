"""What laws read off the states of the world: the one place in which a sentence is looked into."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def subjects_of(given: Sequence[str], parts: Iterable[str]) -> tuple[str, ...]:
    """Return the parts of the world that states are about, in the order of `parts`.

    Args:
        given: The states, as sentences.
        parts: The names of the parts that there are.
    """
    return tuple(part for part in parts if any(sentence.startswith(f"the {part} ") for sentence in given))


def redirects(given: Sequence[str]) -> bool:
    """Whether a part of the world redirects by one of the states."""
    return any(" redirects with " in sentence for sentence in given)
