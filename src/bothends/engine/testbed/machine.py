"""What this machine takes from a target, and from bothends itself: measured while a run goes on.

These are counted, over and over, so that any time can be asked for afterwards:

    how long the target's processes have waited for a processor     their run-queue wait (`ProcessorWait`)
    how long bothends' own thread has waited for one                likewise; else how late its loop was
    how long anything at all on this machine has waited for a disk  /proc/pressure/io, where one of the target's
                                                                    processes is seen to be blocked meanwhile
    how long anything at all has waited for either                  /proc/pressure, where the target's processes
                                                                    are not known (a target by its URL, elsewhere)

Where a kernel counts neither of a target, a control request is sent beside it, again and again: by how much its answer
is late stands for the target (`ControlRequests`).

None of it is a guess from a load average, which says nothing of one moment, and nothing of one process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bothends.client import ControlRequests
from bothends.launch import ProcessorWait, task_wait

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from bothends.clock import Clock

TICK_SECONDS = 0.25
"""How often it is measured while nothing happens. Each look has to wait for a processor itself, which then counts."""

MARK_SECONDS = 0.02
"""How old a measurement may be where something begins or ends: a look takes some tenths of a millisecond."""

SHARE = 0.5
"""Part of a delay that must have been waited for a processor, if the machine is to be its reason.

All of it is too much to ask for: what runs on a busy machine runs slower as well, with caches that are cold.
"""

TOO_BUSY = "the machine was too busy"

_MOST_SHARE = 0.01
"""Part of a processor that the measuring itself may take: with hundreds of threads it is done less often."""

_REMEMBERED = 8000
_PRESSURE = Path("/proc/pressure")
_MICRO = 1e-6


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the machine kept somebody waiting, seconds.

    Attributes:
        target: The target's processes, all together, for a processor or a disk.
        harness: bothends itself: for a processor, or because its loop was late.
    """

    target: float = 0.0
    harness: float = 0.0

    @property
    def total(self) -> float:
        """Both: who waits for the target waits for bothends to notice as well."""
        return self.target + self.harness


class Sample(NamedTuple):
    """What had been counted at a time; seconds, the time by the clock."""

    at: float
    target: float
    harness: float


class Measurements:
    """What was measured within the last minutes, here or on another machine."""

    def __init__(self, first: Sample) -> None:
        """Begin with one."""
        self._samples: deque[Sample] = deque([first], maxlen=_REMEMBERED)

    @property
    def latest(self) -> float:
        """When it was measured last; by the clock, seconds."""
        return self._samples[-1].at

    def add(self, samples: Iterable[Sample]) -> None:
        """Take what was measured, in order; what is no later than the last is known."""
        self._samples.extend(sample for sample in samples if sample.at > self.latest)

    def since(self, when: float) -> list[Sample]:
        """Return what was measured after a time; by the clock, seconds."""
        return list(islice(self._samples, bisect_right(self._samples, when, key=_at), None))

    def waits(self, began: float, ended: float) -> Waits:
        """Return how long the machine kept the target, and bothends, waiting between two times; by the clock."""
        first, last = self._counted_at(began), self._counted_at(ended)
        most = max(0.0, ended - began)  # several threads that wait at once delay nobody twice
        return Waits(min(most, last.target - first.target), min(most, last.harness - first.harness))

    def _counted_at(self, when: float) -> Sample:
        """Return what had been counted at a time: between two samples, in proportion."""
        after = bisect_left(self._samples, when, key=_at)
        if after == 0:
            return self._samples[0]
        if after == len(self._samples):
            return self._samples[-1]
        one, two = self._samples[bisect_right(self._samples, when, key=_at) - 1], self._samples[after]
        part = (when - one.at) / (two.at - one.at) if two.at > one.at else 0.0
        return Sample(
            when, one.target + part * (two.target - one.target), one.harness + part * (two.harness - one.harness)
        )


def _at(sample: Sample) -> float:
    return sample.at


class Machine(Measurements):
    """Measures while it is watched; tells of any time within the last minutes."""

    def __init__(self, clock: Clock, pid: Callable[[], int | None]) -> None:
        """Measure nothing yet.

        Args:
            clock: The run's.
            pid: Gives the target's process, which may be another one later; None: it is not known.
        """
        super().__init__(Sample(clock.now(), 0.0, 0.0))
        self._clock = clock
        self._pid = pid
        self._target = _TargetWait()
        self._own = _OwnWait()
        self._rest = MARK_SECONDS

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[Machine]:
        """Measure as long as this lasts."""
        ticking = asyncio.create_task(self._tick())
        try:
            yield self
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            self._own.await_loop(None)
            self._target.close()

    def waits(self, began: float, ended: float) -> Waits:
        """Look once more where the time ends after the last look."""
        if self.latest < ended:
            self.look()
        return super().waits(began, ended)

    def mark(self) -> None:
        """Measure where something begins or ends, unless that was done a moment ago."""
        if self._clock.now() - self.latest >= self._rest:
            self.look()

    def look(self) -> None:
        """Measure once more."""
        self._clock.look()
        before, began = self._samples[-1], self._clock.now()
        target, harness = self._target.since_last(self._pid()), self._own.since_last()
        ended = self._clock.now()
        self._samples.append(Sample(ended, before.target + target, before.harness + harness))
        self._rest = max(MARK_SECONDS, (ended - began) / _MOST_SHARE)

    async def _tick(self) -> None:
        # However rarely it is measured, that the loop is late is noticed each time: it costs nothing.
        loop = asyncio.get_running_loop()
        while True:
            self._own.await_loop(loop.time() + TICK_SECONDS)
            await asyncio.sleep(TICK_SECONDS)
            self._own.note_late()
            self.mark()


class _TargetWait:
    """How long the target has waited for a processor or a disk: its processes, or anybody, or a control request."""

    def __init__(self) -> None:
        self._pid: int | None = None
        self._wait: ProcessorWait | None = None
        self._last = 0.0
        self._blocked = False
        self._pressures = {resource: _pressure(resource) for resource in ("cpu", "io")}
        self._control: ControlRequests | None = None
        self._late = 0.0

    def since_last(self, pid: int | None) -> float:
        if pid != self._pid:
            self._pid, self._wait, self._last = pid, None if pid is None else ProcessorWait(pid), 0.0
            self._blocked = False
        processor, disk = self._anybody("cpu"), self._anybody("io") or 0.0
        late = self._late_answers()
        known = None if self._wait is None else self._wait.seconds()
        if self._wait is not None and known is not None:
            waited, self._last = known - self._last, known
            return waited + self._behind_a_disk(self._wait, disk)
        if processor is not None:
            return processor + disk
        if self._control is None:
            self._control = ControlRequests()
        return late

    def close(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None

    def _behind_a_disk(self, wait: ProcessorWait, disk: float) -> float:
        """Return how long somebody waited for a disk, if the target was blocked when that began, or ended."""
        # No proof for each moment between two looks; there are several in each delay that matters.
        before, self._blocked = self._blocked, disk > 0 and wait.is_blocked()
        return disk if before or self._blocked else 0.0

    def _anybody(self, resource: str) -> float | None:
        """Return for how long some task of this machine has waited since the last look; None: that is not known."""
        before, now = self._pressures[resource], _pressure(resource)
        self._pressures[resource] = now
        return None if before is None or now is None else max(0.0, now - before)

    def _late_answers(self) -> float:
        before, self._late = self._late, self._late if self._control is None else self._control.seconds()
        return max(0.0, self._late - before)


class _OwnWait:
    """How long this thread, which bothends' loop runs in, has waited for a processor; or its loop was late."""

    def __init__(self) -> None:
        self._thread = threading.get_native_id()
        self._last = task_wait(os.getpid(), self._thread) or 0.0
        self._late = 0.0
        self._due: float | None = None  # when the loop is to have its next turn, by the monotonic clock
        self._noted = 0.0  # by how much it is known to be late for that

    def await_loop(self, due: float | None) -> None:
        self._due, self._noted = due, 0.0

    def note_late(self) -> None:
        """Note by how much the loop is late so far: of what has its turn first then, some looks before the tick."""
        if self._due is not None:
            late = max(self._noted, time.monotonic() - self._due)
            self._late, self._noted = self._late + late - self._noted, late

    def since_last(self) -> float:
        self.note_late()
        now = task_wait(os.getpid(), self._thread) or 0.0
        waited, self._last = max(self._late, now - self._last), now
        self._late = 0.0
        return waited


def _pressure(resource: str) -> float | None:
    """Return for how long some task of this machine has waited for it, since it started; None if unknown."""
    try:
        line = (_PRESSURE / resource).read_text().partition("\n")[0]
        return int(line.rpartition("total=")[2]) * _MICRO
    except (OSError, ValueError):
        return None
