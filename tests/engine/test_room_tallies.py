"""What is said of requests that were refused for the state of their account, as it seems."""

from __future__ import annotations

import pytest

from bothends.engine.counts import Counts
from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.no_room import not_proven, note
from tests.laws import kept

CONTRACT = kept.contract()
[OPERATION] = CONTRACT.operations


def test_where_no_valid_request_succeeds_room_is_not_the_reason() -> None:
    """A request that was not valid may have succeeded before: that shows no room for valid ones."""
    counts = Counts()
    note(counts, OPERATION, ExchangeJudged(kept.exchange(), ()))
    note(counts, OPERATION, ExchangeJudged(kept.exchange(2, answer=kept.answer(400)), (), no_room=True))
    assert [f"room of {OPERATION.id}"] == [each.what for each in not_proven(counts, CONTRACT)]
    assert [] == list(not_proven(counts, CONTRACT, {OPERATION.id}))


@pytest.mark.parametrize(
    ("before", "add"), [("too short", ""), ("no such plan", "x-given: quota"), ("", "x-given: quota")]
)
def test_what_is_said_of_requests_themselves_is_no_room(before: str, add: str) -> None:
    """Where an equal answer was given before one had succeeded, no limit of objects is proposed."""
    counts = Counts()
    note(counts, OPERATION, ExchangeJudged(kept.exchange(answer=kept.answer(400, {"error": before})), ()))
    note(counts, OPERATION, ExchangeJudged(kept.exchange(2), ()))
    full = kept.exchange(3, answer=kept.answer(400, {"error": "too short"}))
    note(counts, OPERATION, ExchangeJudged(full, (), no_room=True))
    [told] = not_proven(counts, CONTRACT)
    assert add == told.add
    assert ("The state of the account may be why" in told.why) is bool(add)
