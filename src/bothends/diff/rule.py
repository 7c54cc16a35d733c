"""What a rule is: a kind of change, whom it can break, and why; and a change of a contract."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bothends.registry import Registry

if TYPE_CHECKING:
    from bothends.errors import Location


class Verdict(StrEnum):
    """What a change does."""

    BREAK = "break"
    UNDECIDED = "undecided"
    COMPATIBLE = "compatible"


class Audience(StrEnum):
    """Whom a change concerns."""

    CALLERS = "callers"
    CONSUMERS = "consumers"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        name: Its ID.
        what: The change that it is about, in one sentence.
        why: Whom the change breaks, and why.
    """

    name: str
    what: str
    why: str


RULES: Registry[Rule] = Registry("rule of diff", lambda each: each.name)
"""All rules."""


def rule(name: str, *, what: str, why: str) -> Rule:
    """Register a `Rule`, and return it."""
    return RULES.add(Rule(name, what, why))


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on one side.

    Attributes:
        where: The file, the line and the pointer.
        text: The line's text; empty: there is none.
        revision: The revision of git that the file is read at; empty: the file on the disk.
    """

    where: Location
    text: str = ""
    revision: str = ""

    def __str__(self) -> str:
        """Return `REVISION:file:line pointer`."""
        return f"{self.revision}:{self.where}" if self.revision else str(self.where)


@dataclass(frozen=True, slots=True)
class Reach:
    """What an example of a pact must use for a change to concern it.

    Attributes:
        method: The operation's method, upper case; empty: it is a webhook's.
        path: The operation's path in the old contract.
        part: `operation`, `request`, `answer` or `event`; `acknowledgement`: no pact says anything of it.
        status: The status of the answer, as declared in the old contract; empty: any.
        path_in_value: The names that lead to the value; `*` for any.
        absent: Whether the value is concerned where it is not there, and not where it is.
        media_type: The media type that is concerned; empty: any.
        parameter: The location and the name of the parameter that is concerned; empty: none.
        header: The header that is concerned, in lower case; empty: none.
        event: Where the event's schema stands in the old contract; None: there is none, or it is no event's.
    """

    method: str = ""
    path: str = ""
    part: str = "operation"
    status: str = ""
    path_in_value: tuple[str, ...] = ()
    absent: bool = False
    media_type: str = ""
    parameter: tuple[str, ...] = ()
    header: str = ""
    event: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reliance:
    """An interaction of a pact that relies on what a change breaks.

    Attributes:
        consumer: Who relies on it.
        where: The interaction.
        description: What it is, in the consumer's words.
    """

    consumer: str
    where: Location
    description: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a contract.

    Attributes:
        rule: The rule's name.
        verdict: What it does.
        audience: Whom it concerns.
        subject: What it is a change of: an operation, an event.
        problem: What has changed, in one sentence.
        old: Where the old contract says it, or what would hold it.
        new: Where the new contract says it, or what would hold it.
        part: The part of the subject: `request`, `answer 200`, `event`; empty: all of it.
        pointer: The value that it is about: JSON pointer, `*` for any item or member; empty: the whole, or no value.
        witness: A value that one contract allows and the other does not; none: it is shown by its lines.
        note: More to know.
        reach: What a pact must use for it to be concerned.
        also: Other places that the same lines change: a subject, its part, a pointer.
        reaches: What a pact must use to be concerned there.
        relied: The pacts that rely on it; None: there are no pacts to ask.
        accepted: Why it is accepted; empty: it is not.
    """

    rule: str
    verdict: Verdict
    audience: Audience
    subject: str
    problem: str
    old: Spot
    new: Spot
    part: str = ""
    pointer: str = ""
    witness: tuple[Any, ...] = ()
    note: str = ""
    reach: Reach = field(default_factory=Reach)
    also: tuple[str, ...] = ()
    reaches: tuple[Reach, ...] = ()
    relied: tuple[Reliance, ...] | None = None
    accepted: str = ""

    @property
    def id(self) -> str:
        """What names it in a file of accepted breaks: the same for the same change, wherever its lines move."""
        words = (self.rule, self.subject, self.part, self.pointer, self.problem)
        return hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]

    @property
    def breaks(self) -> bool:
        """Whether it breaks somebody, and is not accepted."""
        return self.verdict is Verdict.BREAK and not self.accepted
