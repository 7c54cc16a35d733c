"""How far a run has come: exchanges that are done, how many there will be, and how long the rest will take.

Both are estimates that get better as the run goes on. The plain batches are counted before the first is played; how
many generated cases there will be is known when they are over. Each part has its own pace: a batch in which the
world is not well takes about as long as the target waits, a generated case some milliseconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.conditions import sentences
from bothends.engine.events import (
    BatchFinished,
    BatchStarted,
    ExchangeJudged,
    InteractionVerified,
    LeftOut,
    Progress,
    ScenarioPlayed,
)
from bothends.engine.play import recovering
from bothends.records import some_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bothends.engine.events import Event
    from bothends.engine.play import Batch
    from bothends.records import Case

EACH_SECONDS = 0.5
"""How often progress is told, at most."""

_MORE = 1.5
"""An estimate that grows by less stands as it was: a person believes in time that gets less."""
_SURE = 5
"""Steps of a part after which its own pace is believed, and no longer the usual one."""


@dataclass(slots=True)
class _Part:
    """One part of a run.

    Attributes:
        exchanges: How many there will be.
        steps: How many steps there will be, of which each takes about as long.
        pace: How long a step usually takes, seconds.
    """

    exchanges: int = 0
    steps: int = 0
    pace: float = 0.0
    done: int = 0
    steps_done: int = 0
    seconds: float = 0.0
    over: bool = False

    @property
    def left(self) -> int:
        return 0 if self.over else max(self.exchanges - self.done, 0)

    @property
    def seconds_left(self) -> float:
        if self.over:
            return 0.0
        pace = self.seconds / self.steps_done if self.steps_done >= _SURE else self.pace
        return pace * max(self.steps - self.steps_done, 0)


class ProgressMeter:
    """Listens to the events of a run, and tells from time to time how far it has come."""

    def __init__(self, emit: Callable[[Event], None], clock: Callable[[], float] = time.monotonic) -> None:
        """Begin.

        Args:
            emit: Takes the events of progress.
            clock: Gives seconds.
        """
        self._emit = emit
        self._clock = clock
        self._began = self._last = self._seen = clock()
        self._chosen = _Part()  # what is played before all else: a replay, or a good request
        self._plain = _Part(pace=0.15)
        self._generated = _Part(pace=0.004)
        self._interactions = _Part(pace=0.15)
        self._scenarios = _Part(pace=1.5)
        self._now = self._chosen
        self._doing = ""
        self._end = 0.0
        self.done = 0

    @property
    def left(self) -> int:
        """How many exchanges are still to come."""
        return sum(part.left for part in self._parts)

    @property
    def left_behind(self) -> int:
        """How many of them come behind the plain cases, which are told of one by one."""
        return sum(part.left for part in self._parts if part is not self._plain)

    def expect(self, *, generated: int, interactions: int, scenarios: int) -> None:
        """Take how many generated cases, interactions of pacts and scenarios there will be, about."""
        self._generated.exchanges = self._generated.steps = generated
        self._interactions.exchanges = self._interactions.steps = interactions
        self._scenarios.exchanges, self._scenarios.steps = 8 * scenarios, scenarios
        self._began = self._seen = self._clock()

    def begin_plain(self, batches: Sequence[Batch]) -> None:
        """Take the plain batches, which come now."""
        controls = {case.operation: case for batch in batches for case in batch.cases if case.family == "success"}
        each = [one for batch in batches for one in (batch.steps if batch.side_by_side else (batch,))]
        recoveries = sum(len(recovering(batch, controls)) for batch in each)
        self._plain.exchanges = sum(len(batch.cases) for batch in each) + recoveries
        self._plain.steps = len(each) + recoveries
        self._begin(self._plain)

    def begin_generated(self) -> None:
        """Say that the generated cases come now."""
        self._begin(self._generated)

    def begin_interactions(self) -> None:
        """Say that the pacts come now."""
        self._begin(self._interactions)

    def begin_scenarios(self) -> None:
        """Say that the scenarios of starting and stopping come now, which were begun with the run."""
        self._begin(self._scenarios)
        self._doing = self._of_scenarios()

    def pass_over(self, case: Case) -> None:
        """Take a case that is not played after all, and neither is the good request that would come after it."""
        more = len(case.again) + 2
        self._now.exchanges -= more
        self._now.steps -= more

    def handle(self, event: Event) -> None:
        """Take one event."""
        match event:
            case BatchStarted():
                self._doing = _in_words(event)
                self._now.exchanges += event.size * event.more
                self._now.steps += event.more
            case ExchangeJudged() if not event.late:
                self.done += 1
                self._now.done += 1
                self._now.steps_done += self._now is self._generated
                self._tell()
            case LeftOut() if event.families:
                self._now.done += event.count
            case BatchFinished() | InteractionVerified() | ScenarioPlayed():
                self._now.steps_done += self._now is not self._generated
                if self._now is self._scenarios:
                    self._doing = self._of_scenarios()
                self._tell()
            case _:
                pass

    @property
    def _parts(self) -> tuple[_Part, ...]:
        return self._chosen, self._plain, self._generated, self._interactions, self._scenarios

    def _begin(self, part: _Part) -> None:
        """Go on to a part; what comes before it is over, whatever was expected of it."""
        for other in self._parts[: self._parts.index(part)]:
            other.over = True
        self._now = part
        self._seen = self._clock()

    def _tell(self) -> None:
        now = self._clock()
        self._now.seconds += now - self._seen
        self._seen = now
        if now - self._last < EACH_SECONDS:
            return
        self._last = now
        # The scenarios are played beside the rest: what is left of their time when the rest is over.
        alone = sum(part.seconds_left for part in self._parts if part is not self._scenarios)
        beside = self._scenarios.pace * self._scenarios.steps - (now - self._began)
        left = self._scenarios.seconds_left if self._now is self._scenarios else max(alone, beside, 0.0)
        told = max(self._end - now, 0.0)
        if not told < left <= told * _MORE:
            self._end = now + left
        self._emit(Progress(self.done, self.done + self.left, round(self._end - now, 1), self._doing))

    def _of_scenarios(self) -> str:
        part = self._scenarios
        return f"start-and-stop, {min(part.steps_done, part.steps):,} of {part.steps:,}"


def _in_words(batch: BatchStarted) -> str:
    """Return what a batch plays: `upstream-timeout of createOrder while the ingest hangs`."""
    words = some_of(batch.families)
    if batch.operations:
        several = f"{len(batch.operations):,} operations"
        words += f" of {batch.operations[0] if len(batch.operations) == 1 else several}"
    world = " and ".join(sentences(batch.given))
    return f"{words} while {world}" if world else words
