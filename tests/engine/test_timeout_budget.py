"""Patience: how often a run waits for a target in vain before it asks whether anyone is there, or ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.engine.play.timeouts import AT_ONCE, IN_ALL, IN_FAMILY, IN_ROW, SECONDS, TimeoutBudget
from bothends.records import NoAnswer
from tests.in_words import conditions
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange


def waited(begin: float, end: float, kind: str = "timeout", **changes: Any) -> Exchange:
    """Return an exchange that was not answered."""
    return kept.exchange(began=begin, ended=end, answer=NoAnswer(kind), **changes)


def after(*exchanges: Exchange) -> TimeoutBudget:
    """Return the patience that is left."""
    patience = TimeoutBudget()
    for exchange in exchanges:
        patience.note(exchange)
    return patience


def test_waits_one_after_the_other_are_counted() -> None:
    """After the last of them it is time to ask."""
    waits = [waited(10.0 * n, 10.0 * n + 10) for n in range(IN_ROW)]
    assert (False, True) == (after(*waits[1:]).tired, after(*waits).tired)


def test_waits_at_the_same_time_are_one() -> None:
    """However many requests a batch has under way, the time is the same."""
    beside = [waited(0.001 * n, 10 + 0.001 * n) for n in range(16)]
    assert 1 == after(*beside).in_row


def test_an_answer_ends_the_row_and_no_sum() -> None:
    """A target that answers now and then is there, and still holds the run."""
    waits = [waited(n, n + 0.2) for n in range(IN_ALL)]
    patience = after(*(one for wait in waits for one in (wait, kept.exchange(began=wait.ended))))
    assert (0, False, True) == (patience.in_row, patience.tired, patience.spent)


def test_there_is_an_end_to_the_seconds_as_well() -> None:
    """Where each wait is long, few are enough; what waits side by side takes its time once."""
    limit = SECONDS / 3
    waits = [waited(2 * limit * n + 0.001 * beside, 2 * limit * n + limit) for n in range(3) for beside in range(9)]
    assert (False, True) == (after(*waits[:-9]).spent, after(*waits).spent)
    assert abs(after(*waits).waited - SECONDS) < 1e-6


def test_a_family_that_is_not_answered_is_given_up() -> None:
    """After two waits of it, or at once when several of it were waited for side by side; an answer takes that back."""
    case = kept.exchange().case
    waits = [waited(10.0 * n, 10.0 * n + 10) for n in range(IN_FAMILY)]
    beside = [waited(0.001 * n, 10 + 0.001 * n) for n in range(AT_ONCE)]
    given_up = [after(*ones).gives_up(case) for ones in (waits[:-1], waits, beside[:-1], beside)]
    assert [False, True, False, True] == given_up
    assert not after(*waits).gives_up(replace(case, family="another"))
    assert not after(*waits, kept.exchange(began=30)).gives_up(case)


def test_a_family_is_asked_again_where_the_target_is_another_one() -> None:
    """A target that was started anew may answer it: all that is left out is sent again, or one family alone."""
    case = kept.exchange().case
    waits = [waited(10.0 * n, 10.0 * n + 10) for n in range(IN_FAMILY)]
    left: list[bool] = []
    for family in ("another", case.family, ""):
        budget = after(*waits)
        budget.ask_again(family)
        left.append(budget.gives_up(case))
    assert [True, False, False] == left


def test_what_is_cut_off_at_once_took_no_time() -> None:
    """A connection that is closed is a finding, but no wait."""
    assert 0 == after(*(waited(n, n, "closed") for n in range(10))).in_row


def test_where_no_answer_is_right_none_was_due() -> None:
    """Such waits tell that there may be nobody, but are not held against the target."""
    expect = replace(kept.exchange().case.expect, any_answer=True)
    one = waited(0, 10)
    open_end = replace(one, case=replace(one.case, expect=expect))
    odd_client = replace(waited(20, 30), case=replace(one.case, behaviour="the client never reads"))
    patience = after(open_end, odd_client)
    assert (2, 0) == (patience.in_row, patience.in_all)


def test_what_only_a_limit_would_end_is_left_out_where_there_is_none() -> None:
    """A target that waits for settings that never come reads a gigabyte of them to its end: that is known already."""
    sentences = "the settings hangs", "the settings answers a gigabyte", "the ingest answers a gigabyte"
    hangs, gigabyte, other = (conditions(one)[0] for one in sentences)
    case = kept.exchange().case
    unanswered = waited(0, 10, case=replace(case, given=(hangs,)))
    asked = [replace(case, family="upstream-unclear", given=(one,)) for one in (gigabyte, other, hangs)]
    assert [True, False, False] == [after(unanswered).gives_up(one) for one in asked]
    assert not after(kept.exchange(case=replace(case, given=(hangs,)))).gives_up(asked[0])
