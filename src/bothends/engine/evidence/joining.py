"""What the parts of a run have counted, joined: numbers are added, sets are united, and both key by key."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, is_dataclass, replace
from hashlib import blake2s
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class Joined:
    """Something that counts, of which each part of a run has one.

    Attributes:
        STATE: The attributes that are what it has counted, each with its type. All else is of one part only.
    """

    STATE: ClassVar[Mapping[str, Any]] = {}

    def state(self) -> dict[str, Any]:
        """Return what was counted, by the names of the attributes."""
        return {name: getattr(self, name) for name in self.STATE}

    def join(self, state: Mapping[str, Any]) -> None:
        """Take what another part has counted.

        Raises:
            ValueError: It can't be of this contract.
        """
        for name in self.STATE:
            setattr(self, name, joined(getattr(self, name), state[name]))


def joined(ours: Any, theirs: Any) -> Any:  # noqa: PLR0911 -- one for each way to count
    """Return two counts as one: the sum of numbers, the union of sets, and so on for all that holds such.

    Raises:
        ValueError: Two lists have different lengths.
    """
    match ours:
        case bool():
            return ours or theirs
        case int() | float():
            return ours + theirs
        case Counter():
            return Counter({key: ours[key] + theirs[key] for key in (*ours, *theirs)})
        case set() | frozenset():
            return ours | theirs
        case dict():
            both = ours.keys() & theirs.keys()
            return type(ours)({**ours, **theirs, **{key: joined(ours[key], theirs[key]) for key in both}})
        case list():
            return [joined(one, other) for one, other in zip(ours, theirs, strict=True)]
        case _ if is_dataclass(ours) and not isinstance(ours, type):
            names = [field.name for field in fields(ours)]
            return replace(ours, **{name: joined(getattr(ours, name), getattr(theirs, name)) for name in names})
        case _:
            return theirs


def told_apart(text: str) -> str:
    """Return what tells a text from others, and does not give it away: it may be a secret."""
    return blake2s(text.encode(errors="surrogatepass"), digest_size=4).hexdigest()
