"""What nobody can tell for certain is played alone, and is no finding until it shows there."""

from __future__ import annotations

from dataclasses import replace

from bothends.engine.judge.findings import Findings
from bothends.engine.judge.guesses import MOST_GUESSES, guess_batches, guesses_not_proven
from bothends.engine.play.batches import Batch
from bothends.laws import law_of
from bothends.laws.law import Violation
from bothends.records import Cause
from tests.in_words import conditions
from tests.laws import kept


def findings(*, guessed: bool, causes: int = 1) -> Findings:
    """Return findings of a law that goes by which exchange an event is tied to."""
    found = Findings()
    exchange = replace(kept.exchange(), guessed=guessed)
    for number in range(causes):
        broken = Violation(Cause(f"none-{number}"), "The event is lost.", "one event", "none")
        found.add(law_of("event-for-success").breach(broken, exchange), Batch((), (exchange.case,) * 3))
    return found


def test_a_guess_is_no_finding() -> None:
    """It breaks nothing, and it is kept to be played alone."""
    found = findings(guessed=True)
    assert ([], 1, False) == (found.ranked(), len(found.guesses()), found.broken)


def test_what_is_certain_is_one() -> None:
    """And there is nothing to play once more."""
    found = findings(guessed=False)
    assert (1, [], True) == (len(found.ranked()), found.guesses(), found.broken)


def test_each_guess_is_played_alone() -> None:
    """One request, with nobody beside it; and no more of them than a run has time for."""
    batches = [batch for _, batch in guess_batches(findings(guessed=True, causes=MOST_GUESSES + 5).guesses())]
    assert MOST_GUESSES == len(batches)
    assert {(1, 1)} == {(len(batch.cases), batch.concurrency) for batch in batches}


def test_what_stays_a_guess_is_told_once() -> None:
    """With the line that would tell whose an event is."""
    [line] = guesses_not_proven(kept.contract(), findings(guessed=True, causes=3).guesses())
    assert "event-for-success" in line.why
    assert line.add.startswith("x-from: ")
    assert [] == list(guesses_not_proven(kept.contract(), []))


def test_of_a_relay_each_case_is_played_alone_in_its_own_state() -> None:
    """What the others wait for meanwhile is none of its own."""
    found = Findings()
    exchange = replace(kept.exchange(), guessed=True)
    slow, stalled = conditions("the ingest hangs"), conditions("the ingest stalls in the head")
    steps = (Batch(slow, (exchange.case,), 1), Batch(stalled, (replace(exchange.case, name="other"),), 1))
    parallel_timeouts = Batch((*slow, *stalled), tuple(step.cases[0] for step in steps), together=steps)
    broken = Violation(Cause("none"), "The event is lost.", "one event", "none")
    found.add(law_of("event-for-success").breach(broken, exchange), parallel_timeouts)
    assert [Batch(slow, (exchange.case,), 1)] == [batch for _, batch in guess_batches(found.guesses())]
