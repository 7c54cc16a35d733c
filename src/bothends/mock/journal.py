"""What the mock has sent, and what the receivers said: bounded, and without secrets."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from bothends.hiding import hiding

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver an event.

    Attributes:
        event: The number of the event, from 1.
        callback: The callback that declares it.
        operation: The operation that caused it.
        method: HTTP method.
        url: Where it went, secrets hidden.
        attempt: Which attempt it is, from 1.
        at: When it began, seconds since the epoch.
        took_ms: How long it took, milliseconds.
        said: What the receiver said: a status, or what became of the connection.
        taken: Whether that is an acknowledgement.
        body: The event; None where it is no JSON.
        sent: Whether it went out; not where the mock may not send to that address.
    """

    event: int
    callback: str
    operation: str
    method: str
    url: str
    attempt: int
    at: float
    took_ms: int
    said: str
    taken: bool
    body: Any = None
    sent: bool = True


@dataclass(slots=True)
class Journal:
    """Takes note of attempts.

    Attributes:
        told: Is called with each attempt.
        secrets: Returns what must not be shown.
        attempts: The last ones.
        pending: How many events are still to be delivered.
        given_up: How many events were not delivered, though they were attempted as often as is promised.
        not_sent: How many events were not sent, as the mock may not send to their addresses.
    """

    told: Callable[[Attempt], None]
    secrets: Callable[[], tuple[str, ...]]
    attempts: deque[Attempt] = field(default_factory=lambda: deque(maxlen=_MOST))
    pending: int = 0
    given_up: int = 0
    not_sent: int = 0

    def note(self, attempt: Attempt) -> None:
        """Take note of an attempt."""
        self.attempts.append(attempt)
        self.told(attempt)

    def hidden(self, text: str) -> str:
        """Return a text without secrets."""
        return hiding(frozenset(self.secrets()))(text)

    def listed(self) -> dict[str, Any]:
        """Return all that is known, as JSON."""
        attempts = [{**asdict(each), "at": _iso(each.at)} for each in self.attempts]
        counts = {"pending": self.pending, "given_up": self.given_up, "not_sent": self.not_sent}
        return {**counts, "attempts": attempts}


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03}Z"
