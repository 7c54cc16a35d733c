"""Each way to tie an event to its request, with fifty requests at once: what goes wrong is counted, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ties.project import TIES, at_once, write

if TYPE_CHECKING:
    from pathlib import Path

MANY = 50
TRIED = [tie for tie in TIES if tie != "form"]
TEN = 10
# Of each fault, the law that names it, where the tie is one by which requests can run at once.
LAWS = {"lost": "event-for-success", "doubled": "one-event", "swapped": "provenance"}
SWAPPED = {"mark": "own-text", "traceparent": "own-event"}


def rows(faults: tuple[str, ...]) -> list[object]:
    """Return a row for each tie and fault; those that are long are marked."""
    short = {("value", ""), ("mark", "swapped"), ("traceparent", "lost")}
    return [
        pytest.param(
            tie, fault, id=f"{tie} {fault or 'right'}", marks=() if (tie, fault) in short else pytest.mark.long
        )
        for tie in TRIED
        for fault in faults
    ]


@pytest.mark.parametrize(("tie", "fault"), rows(("", "lost", "doubled", "swapped")))
def test_fifty_requests_at_once(tmp_path: Path, tie: str, fault: str) -> None:
    """Ten events that are lost, doubled or swapped are ten findings; a right target has none."""
    # With no tie there is one request at a time: there is none to swap an event with.
    fault = "" if (tie, fault) == ("none", "swapped") else fault
    seen = at_once(write(tmp_path, tie, FAULT=fault, AFTER="3" if tie not in ("path", "user") else "0"), MANY)
    assert (MANY, 0, 0) == (seen.successes, seen.guessed, seen.phantoms)
    assert MANY + {"lost": -TEN, "doubled": TEN}.get(fault, 0) == seen.events
    law = SWAPPED.get(tie, LAWS[fault]) if fault == "swapped" else LAWS.get(fault, "")
    if (tie, fault) == ("path", "doubled"):
        # A plain receiver knows no identity: one event that was sent twice, or two, nobody can tell.
        assert {} == seen.laws
        assert [f"Several came in {TEN} exchanges" in why for why in seen.not_proven] == [True]
    else:
        assert ({law: TEN} if law else {}) == seen.laws
    assert (tie == "none") == (seen.most == 1)


@pytest.mark.each_seed
@pytest.mark.parametrize("tie", TRIED)
def test_a_right_target_with_other_seeds(tmp_path: Path, tie: str, seed: int) -> None:
    """Whatever the values are, no right target breaks a law."""
    seen = at_once(write(tmp_path, tie), MANY, seed)
    assert (MANY, MANY, {}, 0) == (seen.successes, seen.events, seen.laws, seen.guessed)


@pytest.mark.parametrize(
    ("alter", "told"),
    [
        pytest.param("trim", ["ordered of placeOrder has request.body#/text trimmed"], marks=pytest.mark.long),
        pytest.param(
            "lower",
            [
                "ordered of placeOrder has request.body#/ref in lower case",
                "ordered of placeOrder has request.body#/text in lower case",
            ],
            marks=pytest.mark.long,
        ),
        ("cut", ["ordered of placeOrder has request.body#/text cut to 20 characters"]),
        pytest.param("short", ["requests to placeOrder run one at a time"], marks=pytest.mark.long),
    ],
)
def test_a_value_that_comes_back_altered(tmp_path: Path, alter: str, told: list[str]) -> None:
    """It is told, and compared so: each event is still its own request's, and has a wrong value, as it says.

    Where too little is left of it to tell requests apart, they run one at a time.
    """
    seen = at_once(write(tmp_path, "value", ALTER=alter), MANY)
    assert (MANY, MANY, 0, {"provenance": MANY}) == (seen.successes, seen.events, seen.guessed, seen.laws)
    assert [True] * len(told) == [note.startswith(each) for note, each in zip(seen.notes, told, strict=True)]
    assert ("one at a time" in told[0]) == (seen.most == 1)


def test_a_late_attempt_of_an_exchange_that_is_over(tmp_path: Path) -> None:
    """The same event again, long after the answer, is another attempt, and no second event."""
    seen = at_once(write(tmp_path, "mark", answer="any", AGAIN="1"), TEN)
    assert (TEN, {}, 0, 0) == (seen.successes, seen.laws, seen.phantoms, seen.unexplained)


def test_an_event_that_nothing_explains(tmp_path: Path) -> None:
    """It has nothing of the run: it is told, and accuses nobody."""
    seen = at_once(write(tmp_path, "value", STRAY="2"), TEN)
    assert (TEN, TEN, {}, 0, 2) == (seen.successes, seen.events, seen.laws, seen.phantoms, seen.unexplained)


@pytest.mark.parametrize(
    ("answer", "laws"), [pytest.param("own", {}, marks=pytest.mark.long), ("last", {"answer-provenance": TEN - 1})]
)
def test_an_answer_with_the_text_of_another_request(tmp_path: Path, answer: str, laws: dict[str, int]) -> None:
    """A value of an answer that must come from its request is compared with it."""
    # Nothing but the answer is wrong, and the first text is right for the first request.
    seen = at_once(write(tmp_path, "mark", ANSWER=answer), TEN - 1)
    assert (TEN - 1, TEN - 1, laws) == (seen.successes, seen.events, seen.laws)
