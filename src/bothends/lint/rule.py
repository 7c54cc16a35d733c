"""What a rule is: one definition that says what it asks for, why, and where a contract breaks it.

Rules know direction: what is right to ask of an operation's request is not asked of the request that a receiver gets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bothends.registry import Registry

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.contract.documents import Place
    from bothends.contract.selection import OperationPlace
    from bothends.errors import Location


class Level(StrEnum):
    """How much a complaint weighs."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Subject:
    """What rules look at.

    Attributes:
        contract: The contract, read.
        root: Its document, overlays applied.
        operations: Where each operation under test stands.
    """

    contract: Contract
    root: Place
    operations: tuple[OperationPlace, ...]


@dataclass(frozen=True, slots=True)
class Complaint:
    """A place where a contract breaks a rule.

    Attributes:
        rule: The rule's name.
        level: How much it weighs.
        problem: What is wrong, in one sentence.
        where: The file, the line and the pointer.
        advice: What to do; lines to add, where there are some.
    """

    rule: str
    level: Level
    problem: str
    where: Location
    advice: str = ""


Found = Iterator[tuple["Location", str, str]]
"""Where, what is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        name: Its ID.
        level: How much a complaint of it weighs.
        asks: What it asks for, in one sentence.
        why: What becomes of a contract that breaks it, and the source of the rule.
        look: Yields the places that break it.
    """

    name: str
    level: Level
    asks: str
    why: str
    look: Callable[[Subject], Found]


RULES: Registry[Rule] = Registry("rule", lambda each: each.name)
"""All rules."""


def rule(name: str, level: Level, *, asks: str, why: str) -> Callable[[Callable[[Subject], Found]], Rule]:
    """Return what registers a rule: the function that yields the places which break it.

    Args:
        name: Its ID.
        level: How much a complaint of it weighs.
        asks: What it asks for, in one sentence.
        why: What becomes of a contract that breaks it, and the source of the rule.
    """

    def take(look: Callable[[Subject], Found]) -> Rule:
        return RULES.add(Rule(name, level, asks, why, look))

    return take
