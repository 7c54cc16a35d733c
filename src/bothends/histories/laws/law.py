"""What a law of histories is: a pure function of a history and of what is promised, which demands nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.histories.judged import records_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.histories.history import History, Write
    from bothends.histories.judged import ObjectRecord


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that a history breaks.

    Attributes:
        of: The object, or the walk.
        operations: The writes, readings and events that show it.
        why: In one clause, what they show.
    """

    of: str
    operations: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """What a law could not decide.

    Attributes:
        of: The object; empty: the whole history.
        why: The reason, in one clause.
    """

    of: str
    why: str


@dataclass(frozen=True, slots=True)
class HistoryVerdict:
    """What a law says of a history.

    Attributes:
        breaches: What breaks it.
        undecided: What it could not decide.
    """

    breaches: tuple[Breach, ...] = ()
    undecided: tuple[Undecided, ...] = ()


def own_records(history: History) -> Iterator[ObjectRecord]:
    """Yield what a history has of each object that nobody else may change."""
    return (record for record in records_of(history) if not record.thing.shared)


def named(of: str, operations: Iterable[str], why: str) -> Breach:
    """Return a breach by those of its operations that have a name: what was there before the history has none."""
    return Breach(of, tuple(dict.fromkeys(each for each in operations if each)), why)


def may_follow(write: Write, other: Write) -> bool:
    """Whether a write may take effect after another one."""
    return write.done >= other.begin


def lost_until(history: History, survives: str | None) -> float:
    """Return up to when what was done may be lost: the return from the last kill that nothing promises to survive.

    Args:
        history: The history.
        survives: What is promised: `stop`, `kill` or `all`.
    """
    survived = {None: set[bool](), "stop": {True}}.get(survives, {True, False})
    backs = (math.inf if kill.back is None else kill.back for kill in history.kills if kill.mercy not in survived)
    return max(backs, default=-math.inf)
