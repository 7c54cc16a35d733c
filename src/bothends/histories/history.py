"""The record of a history: what several callers did to objects, what they saw, what was sent, and when.

One clock: a request begins before its first byte is sent, and ends after the last byte of its answer is read. So an
operation that ended before another one began took effect first; where two overlap, either may have.

A value stands here as readings show it: how the target normalizes what it is sent was seen before, in requests that
had nothing beside them, and so was what a PUT or a PATCH does to members that it does not name.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What is known of a write by its answer."""

    ACKNOWLEDGED = "acknowledged"
    """It took effect between its begin and its end."""
    REFUSED = "refused"
    """It has no effect."""
    IN_DOUBT = "in doubt"
    """It may take effect from its begin to the end of the history, or never."""


class WriteKind(StrEnum):
    """What a write does to its object."""

    CREATE = "create"
    PUT = "put"
    """It replaces the object, or makes it."""
    PATCH = "patch"
    """It changes the members that it names, and no others."""
    DELETE = "delete"


_UNDECIDED_SUCCESSES = {202, 207}
"""Accepted for later, and one status for several things (RFC 9110 section 15.3.3, RFC 4918 section 11.1)."""
_UNDECIDED_REFUSALS = {408, 425, 429, 499}
"""Statuses that a proxy answers too, which may have passed the request on."""


def outcome_of(status: int | None) -> Outcome:
    """Return what a status says of a write; None: no answer was read."""
    if status is not None and 200 <= status < 300 and status not in _UNDECIDED_SUCCESSES:  # noqa: PLR2004 -- RFC 9110
        return Outcome.ACKNOWLEDGED
    if status is not None and 400 <= status < 500 and status not in _UNDECIDED_REFUSALS:  # noqa: PLR2004 -- likewise
        return Outcome.REFUSED
    return Outcome.IN_DOUBT


@dataclass(frozen=True, slots=True)
class HistoryObject:
    """An object that a history is about.

    Attributes:
        id: Its name in the history.
        initial: The members that it had before the history began; None: it was not there.
        shared: Whether others may change it, of whom the history knows nothing.
        unjudged: Members of which nothing is judged, each with the reason: they change without a write.
    """

    id: str
    initial: Mapping[str, Any] | None = None
    shared: bool = False
    unjudged: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Write:
    """A request that changes an object.

    Attributes:
        id: Its name in the history.
        caller: Whose request it is.
        of: The object.
        kind: What it does.
        begin: When it began, seconds of the run's clock.
        end: When its answer was read; None: never.
        status: The status of the answer; None: there is none.
        sets: The members that it sets, with the values that a reading shows.
        makes: Whether it makes an object that is not there; None: a creation and a PUT do, others do not.
        if_match: The strong tag that it sent in `If-Match`.
        if_absent: Whether it sent `If-None-Match: *`.
        tag: The strong tag of the answer.
        owes: How many events the answer owes, by `x-when`.
        key: The idempotency key that it sent.
        answered: What the answer said, as far as answers to one key must be equal.
    """

    id: str
    caller: str
    of: str
    kind: WriteKind
    begin: float
    end: float | None
    status: int | None
    sets: Mapping[str, Any] = field(default_factory=dict)
    makes: bool | None = None
    if_match: str | None = None
    if_absent: bool = False
    tag: str | None = None
    owes: int = 0
    key: str | None = None
    answered: Any = None

    @property
    def outcome(self) -> Outcome:
        """What is known of it by its answer."""
        return Outcome.IN_DOUBT if self.end is None else outcome_of(self.status)

    @property
    def done(self) -> float:
        """The last moment at which it can have taken effect, or may still."""
        return math.inf if self.end is None or self.outcome is Outcome.IN_DOUBT else self.end

    @property
    def making(self) -> bool:
        """Whether it makes an object that is not there."""
        return self.kind in {WriteKind.CREATE, WriteKind.PUT} if self.makes is None else self.makes

    @property
    def whole(self) -> bool:
        """Whether it replaces the whole object."""
        return self.kind in {WriteKind.CREATE, WriteKind.PUT}


@dataclass(frozen=True, slots=True)
class Read:
    """A request that shows an object; one without an answer shows nothing, and stands in no history.

    Attributes:
        id: Its name in the history.
        caller: Whose request it is.
        of: The object.
        begin: When it began, seconds of the run's clock.
        end: When its answer was read.
        shows: The members that it shows; those of no interest are left out.
        absent: Whether it says that the object is not there: the declared 404 or 410, or a mark.
        tag: The strong tag of the answer.
    """

    id: str
    caller: str
    of: str
    begin: float
    end: float
    shows: Mapping[str, Any] = field(default_factory=dict)
    absent: bool = False
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that an event was sent.

    Attributes:
        begin: When its first byte arrived.
        end: When it was answered or given up; None: neither.
        stored: Whether the receiver has it.
        acknowledged: Whether the answer to it says so.
    """

    begin: float
    end: float | None
    stored: bool = True
    acknowledged: bool = True


@dataclass(frozen=True, slots=True)
class Event:
    """An event, with all attempts at it.

    Attributes:
        id: Its name in the history; what its attempts are recognised by.
        of: The object.
        attempts: When it was sent, in order.
        shows: The members that it shows.
        version: What `version` of `x-state` leads to, as a number that grows.
        write: The write that it is tied to for sure.
        ends: Whether it says that the object is gone.
    """

    id: str
    of: str
    attempts: tuple[Attempt, ...]
    shows: Mapping[str, Any] = field(default_factory=dict)
    version: float | None = None
    write: str | None = None
    ends: bool = False

    @property
    def arrived(self) -> float:
        """When it was first sent."""
        return min((attempt.begin for attempt in self.attempts), default=math.inf)

    @property
    def accepted(self) -> float:
        """When the receiver first had it for sure."""
        ends = (attempt.end for attempt in self.attempts if attempt.stored and attempt.end is not None)
        return min(ends, default=math.inf)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        begin: When its request began.
        end: When its answer was read.
        items: The objects on it, in order.
    """

    begin: float
    end: float
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk through all pages of a list.

    Attributes:
        id: Its name in the history.
        caller: Whose requests they are.
        pages: The pages, in order; the last one leads to no other.
        matches: The objects that the list is to have while they are there.
    """

    id: str
    caller: str
    pages: tuple[Page, ...]
    matches: tuple[str, ...]

    @property
    def begin(self) -> float:
        """When the request of its first page began."""
        return min(page.begin for page in self.pages)

    @property
    def end(self) -> float:
        """When the answer of its last page was read."""
        return max(page.end for page in self.pages)


@dataclass(frozen=True, slots=True)
class Kill:
    """A kill of the target.

    Attributes:
        at: When all of its processes were gone.
        back: When it was ready again; None: it was not.
        mercy: Whether it was asked to stop, and had its time.
    """

    at: float
    back: float | None = None
    mercy: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What was done and seen.

    Attributes:
        callers: Each is one session.
        objects: What it is about.
        writes: Requests that change objects.
        reads: Requests that show them.
        events: What was sent.
        walks: Walks through lists.
        kills: Kills of the target.
        quiet: From when on no request was under way that changes something, and events had had their time to arrive;
            None: that was not waited for.
    """

    callers: tuple[str, ...] = ()
    objects: tuple[HistoryObject, ...] = ()
    writes: tuple[Write, ...] = ()
    reads: tuple[Read, ...] = ()
    events: tuple[Event, ...] = ()
    walks: tuple[Walk, ...] = ()
    kills: tuple[Kill, ...] = ()
    quiet: float | None = None


def value_key(value: Any) -> str:
    """Return a text that two JSON values share if they are equal: 1 is 1.0, true is not 1."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
