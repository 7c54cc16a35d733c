"""Patience: how often a run waits for a target in vain before it asks whether anyone is there, or ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.engine.patience import IN_ALL, IN_ROW, Patience
from bothends.records import NoAnswer
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange


def waited(begin: float, end: float, kind: str = "timeout", **changes: Any) -> Exchange:
    """Return an exchange that was not answered."""
    return kept.exchange(began=begin, ended=end, answer=NoAnswer(kind), **changes)


def after(*exchanges: Exchange) -> Patience:
    """Return the patience that is left."""
    patience = Patience()
    for exchange in exchanges:
        patience.note(exchange)
    return patience


def test_waits_one_after_the_other_are_counted() -> None:
    """After the last of them it is time to ask."""
    waits = [waited(10.0 * n, 10.0 * n + 10) for n in range(IN_ROW)]
    assert (False, True) == (after(*waits[1:]).tired, after(*waits).tired)


def test_waits_at_the_same_time_are_one() -> None:
    """However many requests a wave has under way, the time is the same."""
    beside = [waited(0.001 * n, 10 + 0.001 * n) for n in range(16)]
    assert 1 == after(*beside).in_row


def test_an_answer_ends_the_row_and_no_sum() -> None:
    """A target that answers now and then is there, and still holds the run."""
    waits = [waited(10.0 * n, 10.0 * n + 10) for n in range(IN_ALL)]
    patience = after(*(one for wait in waits for one in (wait, kept.exchange(began=wait.ended))))
    assert (0, False, True) == (patience.in_row, patience.tired, patience.spent)


def test_what_is_cut_off_at_once_took_no_time() -> None:
    """A connection that is closed is a finding, but no wait."""
    assert 0 == after(*(waited(n, n, "closed") for n in range(10))).in_row


def test_where_no_answer_is_right_none_was_due() -> None:
    """Such waits tell that there may be nobody, but are not held against the target."""
    expect = replace(kept.exchange().case.expect, any_answer=True)
    one = waited(0, 10)
    open_end = replace(one, case=replace(one.case, expect=expect))
    odd_client = replace(waited(20, 30), case=replace(one.case, manner="the client never reads"))
    patience = after(open_end, odd_client)
    assert (2, 0) == (patience.in_row, patience.in_all)
