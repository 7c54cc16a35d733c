"""Tells whether a target gets slower with each request: a run of it would have no end, and one answer proves nothing.

What is compared is the fastest of some good requests, at the start and of late. In a crowd most requests wait for the
others, on any target; the fastest of them does not. How long they take also says how long a client waits at least that
need not get an answer.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.records import Exchange

LOOKED_AT = 20
"""Good requests that are looked at: the first ones, and the latest."""

SECONDS = 1.0
"""What the fastest of the latest takes at least where a target is said to get slower."""

CLIENTS = 24
"""Clients with a behaviour of their own that are under way at once, about."""

TIMES = 10
"""How many times as long as the fastest of the first ones."""


class Pace:
    """How long good requests take while all is well, at the start and of late.

    Attributes:
        fastest: What the fastest of the first ones took, seconds; infinite where there was none.
    """

    def __init__(self, waits: Callable[[float, float], float] = lambda _began, _ended: 0.0) -> None:
        """Begin with none seen.

        Args:
            waits: Returns for how long the machine kept the target waiting between two times; by the clock, seconds.
        """
        self._waits = waits
        self._first = 0
        self._latest: deque[float] = deque(maxlen=LOOKED_AT)
        self._took: deque[float] = deque(maxlen=LOOKED_AT)
        self.fastest = float("inf")

    def note(self, exchange: Exchange) -> None:
        """Take an exchange that is over; one with a fault, or of a client that does not behave, says nothing."""
        case = exchange.case
        if case.behaviour or case.of_the_world or not isinstance(exchange.answer, Answer) or not exchange.succeeded:
            return
        seconds = exchange.ended - exchange.began
        self._took.append(seconds)
        if self._first < LOOKED_AT:
            self._first += 1
            self.fastest = min(self.fastest, seconds)
        elif seconds >= SECONDS:
            seconds -= self._waits(exchange.began, exchange.ended)
        self._latest.append(seconds)

    @property
    def least_wait(self) -> float:
        """How long a client waits at least that the target has not answered yet, seconds; 0: no time is known.

        One that goes sooner leaves its request to a target that takes one after the other, so others wait longer. That
        takes what it needs for one, times the clients; of any, twice what the slowest of the latest good requests took
        is enough, as more may be under way.
        """
        if not self._took:
            return 0.0
        return max(2 * max(self._took), CLIENTS * min(self._took))

    @property
    def slow(self) -> float:
        """What the fastest of the latest took, seconds, where the target gets slower; else 0."""
        now = min(self._latest) if len(self._latest) == LOOKED_AT else 0.0
        return now if now >= max(SECONDS, TIMES * self.fastest) else 0.0
