"""Progress: what is done, how much there will be, and how long the rest takes."""

from __future__ import annotations

from dataclasses import replace

from bothends.engine.events import BatchFinished, BatchStarted, ExchangeJudged, LeftOut, Progress, ScenarioPlayed
from bothends.engine.play.batches import Batch
from bothends.engine.run.progress import ProgressMeter
from tests.in_words import conditions
from tests.laws import kept

CASE = kept.exchange().case
GOOD = Batch((), (CASE,) * 4)
FAULT = Batch(conditions("the ingest hangs"), (replace(CASE, family="upstream-timeout"),))


class Run:
    """A run whose clock is set by hand."""

    def __init__(self) -> None:
        """Begin, with a batch of good requests and ten of faults, and some of everything else."""
        self.now = 0.0
        self.told: list[Progress] = []
        self.meter = ProgressMeter(self.told.append, lambda: self.now)  # type: ignore[arg-type]
        self.meter.expect(generated=100, interactions=3, scenarios=2)

    def batch(self, size: int, seconds: float) -> Progress:
        """Play a batch; return what is told of progress then."""
        for _ in range(size):
            self.meter.handle(ExchangeJudged(kept.exchange(), ()))
        self.now += seconds
        self.meter.handle(BatchFinished(1, size))
        return self.told[-1]


def test_the_plain_batches_are_counted_before_the_first_is_played() -> None:
    """With the good request that follows each fault; the rest is what was expected of it."""
    run = Run()
    run.meter.begin_plain((GOOD, *[FAULT] * 10))
    later = 100 + 3 + 2 * 8
    assert 4 + 10 + 10 + later == run.meter.left
    told = run.batch(4, 1.0)
    assert (4, 4 + 20 + later) == (told.done, told.total)


def test_the_total_is_corrected_when_a_part_is_over() -> None:
    """What had been expected of a part and has not come is no longer to come."""
    run = Run()
    run.meter.begin_plain((GOOD,))
    run.batch(4, 1.0)
    run.meter.begin_generated()
    run.batch(70, 1.0)
    run.meter.begin_interactions()
    told = run.batch(1, 1.0)
    assert (75, 75 + 2 + 2 * 8) == (told.done, told.total)
    run.meter.begin_scenarios()
    run.now += 1
    run.meter.handle(ScenarioPlayed(CASE, (), ()))
    assert 75 + 2 * 8 == run.told[-1].total


def test_what_is_left_out_is_not_to_come() -> None:
    """Cases of a family that was given up are neither done nor waited for."""
    run = Run()
    run.meter.begin_plain((GOOD, GOOD))
    before = run.meter.left
    run.meter.handle(LeftOut(4, ("success",)))
    assert before - 4 == run.meter.left


def test_what_was_not_planned_shortens_nothing() -> None:
    """Objects that are made for others, and what is played again, come on top of what is still to come."""
    run = Run()
    run.meter.begin_plain((GOOD, GOOD))
    before = run.meter.left
    run.meter.handle(BatchStarted(1, (), 3, ("success",), ("makes",), more=True))
    run.batch(3, 1.0)
    assert before == run.meter.left


def test_time_goes_by_the_pace_that_is_seen() -> None:
    """Batches of two seconds each, of which half are played, leave as much as they took."""
    run = Run()
    run.meter.expect(generated=0, interactions=0, scenarios=0)
    run.meter.begin_plain((GOOD,) * 20)
    for _ in range(10):
        told = run.batch(4, 2.0)
    assert (40, 80, 20.0) == (told.done, told.total, told.seconds_left)


def test_what_came_late_is_not_counted_again_and_nothing_is_told_too_often() -> None:
    """An exchange is done once; two batches within half a second are told once."""
    run = Run()
    run.meter.begin_plain((GOOD, GOOD))
    run.batch(4, 1.0)
    run.meter.handle(ExchangeJudged(kept.exchange(), (), late=True))
    run.batch(4, 0.01)
    assert ([4], 8) == ([told.done for told in run.told], run.meter.done)


def test_what_is_played_is_told() -> None:
    """Families, operation and state of the world; of starting and stopping, how many are over."""
    run = Run()
    run.meter.begin_plain((GOOD,) * 3)
    run.meter.handle(BatchStarted(1, (), 4, ("success",), ("op",)))
    assert "success of op" == run.batch(4, 1.0).doing
    families = ("upstream-timeout", "recovery", "crowd", "sizes")
    run.meter.handle(BatchStarted(2, conditions("the ingest hangs"), 1, families, ("op", "other")))
    expected = "upstream-timeout, recovery, crowd and 1 more of 2 operations while the ingest hangs"
    assert expected == run.batch(1, 1.0).doing
    run.meter.begin_scenarios()
    run.now += 1
    run.meter.handle(ScenarioPlayed(CASE, (), ()))
    assert "start-and-stop, 1 of 2" == run.told[-1].doing


def test_progress_is_told_within_a_batch() -> None:
    """A batch that takes long does not stand still."""
    run = Run()
    run.meter.begin_plain((GOOD,))
    for _ in range(3):
        run.now += 1.0
        run.meter.handle(ExchangeJudged(kept.exchange(), ()))
    assert [1, 2, 3] == [told.done for told in run.told]


def test_an_estimate_gets_less_unless_it_was_far_off() -> None:
    """A little more than was thought is not told; much more is."""
    run = Run()
    run.meter.expect(generated=0, interactions=0, scenarios=0)
    run.meter.begin_plain((GOOD,) * 40)
    paces = (1.0,) * 20 + (1.5,) * 5 + (9.0,) * 3
    told = [run.batch(4, pace).seconds_left for pace in paces]
    assert told[19:25] == sorted(told[19:25], reverse=True)
    assert told[-1] > told[24]
