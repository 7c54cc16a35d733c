"""The kinds of conditions: each is registered where it is defined, by what plays it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from bothends.conditions.pattern import Pattern
from bothends.errors import HarnessError

if TYPE_CHECKING:
    from bothends.records import Condition

_KINDS: dict[str, ConditionKind] = {}


@dataclass(frozen=True, slots=True)
class ConditionKind:
    """What is known of a condition, whatever its subject and parameters.

    Attributes:
        name: The same in every version: cases are called by it, and files refer to it.
        pattern: Its sentence, parameters in braces. `{upstream}` is the subject; `{ingest}` is one that is an ingest.
        about: What it is on the wire.
        family: The family that it brings about; `upstream-*`: any of an upstream's; empty: nothing is amiss.
        kind: What it is a state of: the caller's session, or a part of the world.
        recovers: Whether the target may as well come through it.
        may_store: Whether an event may be stored all the same.
        in_words: Whether it is only what follows the status that is wrong; of one that has a status, where that is 2xx.
        doubtful: Whether right targets differ, so that a success is right too.
        tried: The condition of the case that tries a state of the session; None where no case is made of it alone.
    """

    name: str
    pattern: str
    about: str
    family: str
    kind: Literal["session", "upstream"]
    recovers: bool = False
    may_store: bool = False
    in_words: bool = False
    doubtful: bool = False
    tried: Condition | None = None
    compiled: Pattern = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the sentence."""
        object.__setattr__(self, "compiled", Pattern(self.pattern))

    @property
    def of_session(self) -> bool:
        """Whether it is a state of the caller's session, not of a part of the world."""
        return self.kind == "session"


def register(kind: ConditionKind) -> ConditionKind:
    """Take a kind in, and return it.

    Raises:
        HarnessError: There is one of its name, or one of its sentence.
    """
    if kind.name in _KINDS:
        raise HarnessError(f"two conditions have the name `{kind.name}`")
    if any(kind.pattern == other.pattern for other in _KINDS.values()):
        raise HarnessError(f"two conditions have the sentence `{kind.pattern}`")
    _KINDS[kind.name] = kind
    all_kinds.cache_clear()
    return kind


def unregister(name: str) -> None:
    """Leave a kind out from now on.

    Raises:
        KeyError: There is none of this name.
    """
    del _KINDS[name]
    all_kinds.cache_clear()


def kind_of(name: str) -> ConditionKind:
    """Return the kind of a name.

    Raises:
        HarnessError: There is none: whoever made the condition names what nothing plays.
    """
    if name not in _KINDS:
        raise HarnessError(f"no condition has the name `{name}`")
    return _KINDS[name]


@cache
def all_kinds() -> tuple[ConditionKind, ...]:
    """Return all kinds: of the session first, those that are well before those that are not, then as registered.

    Raises:
        HarnessError: There is none: the world that registers them was not imported.
    """
    if not _KINDS:
        raise HarnessError("no conditions are registered; import `bothends.world` first")
    return tuple(sorted(_KINDS.values(), key=lambda kind: (not kind.of_session, _place(kind), kind.doubtful)))


def session_conditions(family: str, *, doubtful: bool = False) -> tuple[Condition, ...]:
    """Return the states of the session that cases try, of those that bring a family about.

    Args:
        family: The family; empty: those of a caller who is signed in.
        doubtful: Whether right targets differ about them.

    Raises:
        HarnessError: As `all_kinds`.
    """
    return tuple(
        kind.tried
        for kind in all_kinds()
        if kind.of_session and kind.tried is not None and (kind.family, kind.doubtful) == (family, doubtful)
    )


def _place(kind: ConditionKind) -> tuple[bool, str]:
    return bool(kind.family), kind.family
