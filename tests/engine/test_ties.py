"""What of a run changes where requests run one at a time."""

from __future__ import annotations

from dataclasses import replace

from bothends.engine.tie.untied import without_queues
from tests.in_words import conditions
from tests.laws import kept


def test_a_crowd_that_would_queue_is_of_two() -> None:
    """Each would wait for the faulty upstream after the other; what is of another operation, or alone, is let be."""
    crowd = replace(kept.exchange().case, repeat=24, given=conditions("the ingest hangs"))
    elsewhere, alone = replace(crowd, operation="other"), replace(crowd, exclusive=True)
    expected = [replace(crowd, repeat=2), elsewhere, alone]
    assert expected == list(without_queues([crowd, elsewhere, alone], {crowd.operation}))


def test_a_crowd_in_a_healthy_world_keeps_each_caller() -> None:
    """A wrong credential is tried by each of several callers, and none of them may be left out."""
    callers = replace(kept.exchange().case, repeat=8, given=conditions("signed out"))
    assert [callers] == list(without_queues([callers], {callers.operation}))
