"""What a contract promises of histories: what it does not promise, no law demands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class EventState:
    """What `x-state` says of an event.

    Attributes:
        shows: Whether it is known which members the event shows.
        shown_as: `current`: the state when the event was made, or a later one; `of-write`: that just after its write;
            `change`: the members that changed.
        coalesces: Whether one event may stand for several writes.
        version: Whether it has a version that grows with writes.
        order: Whether no event of an object is sent before the one before it is acknowledged or given up.
        readable: Whether a reading shows at least what the event shows, once that arrives.
        ends: Whether the object is gone after it.
    """

    shows: bool = True
    shown_as: Literal["current", "of-write", "change"] = "current"
    coalesces: bool = False
    version: bool = False
    order: bool = False
    readable: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Promises:
    """What a contract promises.

    Attributes:
        owes: Whether `x-when` says which answers owe an event.
        refusals_owe: Whether `x-when` has refused answers owe events: those then show what was refused.
        every_write_owes: Whether each operation that changes a shown member owes an event.
        event: What `x-state` says; None: nothing.
        attempts: Whether `x-delivery` says that an event is attempted until it is acknowledged.
        survives: What events survive: a `stop`, a `kill`, or `all`, which is a kill, with both or neither of what is in
            doubt.
        consistency: What readings show: `strong`, all that was acknowledged before, in one order; `own-writes`, those
            of the caller; `within`, those that are older than `within_ms`.
        within_ms: How old a reading may be, in milliseconds.
        preconditions: Whether `If-Match` and `If-None-Match` are declared, so that RFC 9110 section 13 holds.
        pages: Whether a walk through a list has each item once: `still` while nothing changes, `stable` always.
        key_survives: Whether an idempotency key survives a `stop` or a `kill`.
        keeps_state: What acknowledged writes survive: a `stop` or a `kill`.
    """

    owes: bool = False
    refusals_owe: bool = False
    every_write_owes: bool = False
    event: EventState | None = None
    attempts: bool = False
    survives: Literal["stop", "kill", "all"] | None = None
    consistency: Literal["strong", "own-writes", "within"] | None = None
    within_ms: float = 0.0
    preconditions: bool = False
    pages: Literal["still", "stable"] | None = None
    key_survives: Literal["stop", "kill"] | None = None
    keeps_state: Literal["stop", "kill"] | None = None

    @property
    def slack(self) -> float:
        """How long a reading may show what was replaced, in seconds; 0 where that is not what is promised."""
        return self.within_ms / 1000 if self.consistency == "within" else 0.0
