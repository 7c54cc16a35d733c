"""What a rule is: one definition that says what it asks for, why, and where a contract breaks it.

Rules know direction: what is right to ask of an operation's request is not asked of the request that a receiver gets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bothends.registry import Registry

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.contract.openapi import OperationPlace, Selection
    from bothends.documents import Place
    from bothends.errors import ContractError, Location


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
        selection: The operations under test, those that can't be used among them.
        idle: The actions of overlays that select nothing, each with why.
        memory: What ways through the document have found, by their names: rules take the same ways.
    """

    contract: Contract
    root: Place
    selection: Selection
    idle: tuple[tuple[str, ContractError], ...] = ()
    memory: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def operations(self) -> tuple[OperationPlace, ...]:
        """Where each operation under test stands, those that can't be used among them."""
        return self.selection.chosen

    @property
    def is_openapi_30(self) -> bool:
        """Whether the document is OpenAPI 3.0."""
        return self.root.library.is_openapi_30


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
        general: Whether it says nothing of a place of which another rule tells an error, as that one says it better.
    """

    name: str
    level: Level
    asks: str
    why: str
    look: Callable[[Subject], Found]
    general: bool = False


RULES: Registry[Rule] = Registry("rule", lambda each: each.name)
"""All rules."""

REMOVED = frozenset(
    {
        *("array-without-items", "beside-part-reference", "beside-reference", "body-of-no-json", "choice-refused"),
        *("content-of-no-content", "default-of-required", "default-refused", "discriminator-to-nothing"),
        *("encoding-of-nothing", "enum-twice", "example-and-examples", "ignored-body", "ignored-encoding"),
        *("ignored-header", "ignored-parameter", "inner-example-refused", "keyword-of-31", "keyword-of-another-type"),
        *("lower-case-class", "media-type-twice", "no-operation-id", "nullable-enum", "nullable-without-type"),
        *("old-limit", "old-nullable", "operation-id-twice", "optional-path-parameter", "parameter-twice", "pattern"),
        *("pattern-of-another-language", "properties-without-type", "read-and-write-only", "required-is-no-list"),
        *("required-undeclared", "same-path", "scopes-of-none", "server-variable", "type-of-31"),
        *("undeclared-path-parameter", "unknown-scope", "unknown-type", "unregistered-scheme"),
        *("unused-path-parameter",),
    }
)
"""Rules that there were once, and that settings may still switch off: other linters of OpenAPI have their like."""
ELSEWHERE = "Spectral, vacuum and Redocly CLI look for mistakes that are OpenAPI's alone."


def rule(
    name: str, level: Level, *, asks: str, why: str, general: bool = False
) -> Callable[[Callable[[Subject], Found]], Rule]:
    """Return what registers a rule: the function that yields the places which break it."""

    def take(look: Callable[[Subject], Found]) -> Rule:
        return RULES.add(Rule(name, level, asks, why, look, general))

    return take
