"""Batches that were played, and are judged a little later: while requests are under way, each moment delays the next.

At the end of a run, bothends waits for what may come late: that is when it has the time. What is held is bounded, so a
finding is told soon, and a long run keeps no more than a short one.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.engine.exchanges.batches import Batch
    from bothends.engine.exchanges.played import Recording

MOST = 1024
"""Exchanges, and calls to upstreams, that are held: a part of those calls that can be looked up afterwards."""

LONGEST = 2.0
"""Seconds from when the first of them began until all are judged, as soon as a batch is over."""


class Done(NamedTuple):
    """A batch that was played, and is not judged.

    Attributes:
        number: Its number.
        made: How many exchanges the run had made when it was over.
        recording: What was recorded of it.
    """

    number: int
    made: int
    recording: Recording


class Unjudged:
    """Holds batches until there is time to judge them, in order."""

    def __init__(self) -> None:
        """Hold none."""
        self._held: deque[Done] = deque()
        self._size = 0

    def hold(self, done: Done) -> bool:
        """Hold a batch; return whether there is room for another."""
        self._held.append(done)
        self._size += max(len(done.recording.exchanges), len(done.recording.calls))
        return self._size < MOST and done.recording.ended - self._held[0].recording.began < LONGEST

    def each(self) -> Iterator[Done]:
        """Let go of all that is held, one after the other."""
        while self._held:
            yield self._held.popleft()
        self._size = 0


def may_wait(batch: Batch) -> bool:
    """Whether what a batch shows may be told a little later: it is of generated cases, and of nothing but these."""
    alone = batch.given or batch.concurrency is not None or batch.prelude
    return not alone and all(case.origin is not None and not case.behaviour for case in batch.cases)


def is_over(recording: Recording) -> bool:
    """Whether nothing more is to be waited for: each request was answered, and each success has an event."""
    nothing_lost = not (recording.dropped or recording.left_out)
    answered = all(isinstance(e.answer, Answer) and not e.excuse for e in recording.exchanges)
    return recording.whole and nothing_lost and answered
