"""A target that cuts clients off is watched for a moment, as its end may not be told yet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from bothends.engine.judge import retries
from bothends.engine.judge.retries import ExitGrace
from bothends.engine.play.batches import Batch
from bothends.engine.play.played import Played
from bothends.engine.tie.attribution import Attributed
from bothends.records import Exchange, NoAnswer
from tests.laws import kept
from tests.waiting import in_own_time

if TYPE_CHECKING:
    from bothends.launch import Target

CUT_OFF = kept.exchange(answer=NoAnswer("reset"), deliveries=())


class Watched:
    """Stands where the target stands: it has ended when it was looked at so many times."""

    def __init__(self, looks: int) -> None:
        """Take how many times it is seen alive."""
        self.looks = looks

    def died(self) -> int | None:
        """Tell its exit code once it has ended."""
        self.looks -= 1
        return 7 if self.looks < 0 else None


def over(moment: ExitGrace, watched: Watched, *exchanges: Exchange) -> None:
    """Have a batch played, and wait."""
    played = Played(Batch((), ()), Attributed(exchanges), {})
    in_own_time(moment.over(played, cast("Target", watched)))


def test_it_is_waited_until_the_end_is_told() -> None:
    """So a target that died is not accused of leaving a request unanswered."""
    watched = Watched(3)
    over(ExitGrace(), watched, kept.exchange(), CUT_OFF)
    assert -1 == watched.looks


@pytest.mark.parametrize(
    "exchange",
    [
        kept.exchange(),
        kept.exchange(answer=NoAnswer("timeout")),
        replace(CUT_OFF, case=replace(CUT_OFF.case, behaviour="it closes at once")),
    ],
    ids=["answered", "waited", "a client with manners of its own"],
)
def test_nothing_is_waited_for_where_nobody_was_cut_off(exchange: Exchange) -> None:
    """A run in which all is answered takes no longer for it."""
    watched = Watched(3)
    over(ExitGrace(), watched, exchange)
    assert 3 == watched.looks


def test_a_target_that_cuts_off_and_lives_costs_a_moment_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it does so."""
    monkeypatch.setattr(retries, "EACH", 0.02)
    moment = ExitGrace()
    moment.left = 0.03
    watched = Watched(10_000)
    for _ in range(3):
        over(moment, watched, CUT_OFF)
    assert moment.left <= 0
    looks = watched.looks
    over(moment, watched, CUT_OFF)
    assert looks - 1 == watched.looks
