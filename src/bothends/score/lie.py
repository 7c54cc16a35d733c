"""What a lie is: a record with one thing in it that was tampered with.

A run has proven that an exchange keeps its contract. A lie is the same exchange with one thing changed: what a wrong
target would have answered, sent or called. It is judged as the record was. A lie that no law notices is a *survivor*:
the contract would let such a target through.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.laws import LawContext
    from bothends.records import Exchange
    from bothends.schemas import Schema


class Side(StrEnum):
    """At which end of the target a lie is told."""

    ANSWER = "answer"
    EVENT = "event"
    CALLS = "calls"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the contract a lie is told.

    Attributes:
        operation: The operation's ID.
        side: At which end.
        subject: The status of the answer, the name of the callback, or the name of the upstream.
        member: JSON pointer to a member of the body, in which `*` is each item; or the name of a header; empty: it is
            about the whole.
    """

    operation: str
    side: Side
    subject: str
    member: str = ""

    def __str__(self) -> str:
        """Return it as a person reads it: `postRoute: answer 200 /success`."""
        return " ".join(filter(None, (f"{self.operation}: {self.side} {self.subject}", self.member)))


@dataclass(frozen=True, slots=True)
class Gap:
    """What would have to say more.

    Attributes:
        at: JSON pointer: in the document, or in the schema where there is one.
        words: What to merge there; empty: which words that are depends on what is meant.
        schema: The schema that would have to say it; None: the document itself.
        keys: The way to the value of which only the form is said: its source, or the value itself, would have to be
            named; None: another thing is lacking.
        setting: A key of the settings that would say it; empty: it is said in the document.
        about: What is to be said, in words, where nobody can know the words for it.
    """

    at: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)
    schema: Schema | None = None
    keys: tuple[str, ...] | None = None
    setting: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Lie:
    """A record with one thing changed.

    Attributes:
        place: Where in the contract it is told.
        exchange: The record as the wrong target would have made it.
        change: What is changed, in a few words.
        gap: What would have to say more for a law to notice it; None: nothing that a contract can say.
        context: What it is judged by; None: what the record is judged by.
        beside: Exchanges that came before it, and that it is judged beside.
        said: Where the contract leaves it open in so many words: what says so; empty: nothing does.
        was: What stood there; MISSING: the words say it.
        becomes: What stands there instead; likewise.
        wordless: What no contract has words for, where the lie is about that; empty: a contract could say it.
    """

    place: Place
    exchange: Exchange
    change: str
    gap: Gap | None = None
    context: LawContext | None = None
    beside: tuple[Exchange, ...] = ()
    said: str = ""
    was: Any = MISSING
    becomes: Any = MISSING
    wordless: str = ""
