"""Whether a target gets slower is told by the fastest of some good requests, at the start and of late."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bothends.engine.play.pace import LOOKED_AT, SECONDS, TIMES, Pace
from bothends.records import Answer, Case, Exchange, Request
from tests.in_words import condition

REQUEST = Request("POST", "/")
QUICK = 0.01
SLOW = SECONDS * 2


def exchange(seconds: float) -> Exchange:
    """Return a good one."""
    answer = Answer(200, (), b"", 0)
    return Exchange(1, Case("op", "success", "usual", REQUEST), None, REQUEST, answer, 0.0, seconds)


def pace(*seconds: float, busy: float = 0.0) -> Pace:
    """Return what is known after exchanges of these durations, of which the machine was busy for a part."""
    made = Pace(lambda began, ended: busy * (ended - began))
    for each in seconds:
        made.note(exchange(each))
    return made


FIRST = (QUICK,) * LOOKED_AT


def test_a_target_that_gets_slower_is_told_with_what_it_takes() -> None:
    """All of the latest are slow, and the first ones were not."""
    assert (QUICK, SLOW) == (pace(*FIRST, *(SLOW,) * LOOKED_AT).fastest, pace(*FIRST, *(SLOW,) * LOOKED_AT).slow)


@given(st.lists(st.floats(0.001, 30), max_size=4 * LOOKED_AT))
def test_one_quick_answer_of_late_is_enough(seconds: list[float]) -> None:
    """In a crowd all others wait, on any target."""
    assert pace(*FIRST, *seconds, QUICK).slow == 0


@given(st.floats(SECONDS / TIMES, 5), st.lists(st.floats(0, TIMES - 0.1), max_size=4 * LOOKED_AT))
def test_a_target_that_was_slow_from_the_start_does_not_get_slower(first: float, times: list[float]) -> None:
    """Who waits for such a target knows why."""
    assert pace(*[first] * LOOKED_AT, *(first * each for each in times)).slow == 0


def test_what_the_machine_took_does_not_count() -> None:
    """On a busy machine every target is slower."""
    assert pace(*FIRST, *(SLOW,) * LOOKED_AT, busy=0.9).slow == 0


def test_a_few_slow_answers_say_nothing() -> None:
    """Neither before nor after the first ones."""
    assert pace(*(SLOW,) * (LOOKED_AT - 1)).slow == 0
    assert pace(*FIRST, *(SLOW,) * (LOOKED_AT - 1)).slow == 0


def test_only_plain_good_requests_count() -> None:
    """A fault takes its time, and so does a client that waits."""
    made = pace(*FIRST)
    slow = exchange(SLOW)
    for case in (
        replace(slow.case, given=(condition("the ingest hangs"),)),
        replace(slow.case, behaviour="the body comes in pieces"),
    ):
        for _ in range(LOOKED_AT):
            made.note(replace(slow, case=case))
            made.note(replace(slow, answer=Answer(400, (), b"", 0)))
    assert made.slow == 0
