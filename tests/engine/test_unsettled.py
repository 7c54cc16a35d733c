"""How many requests are sent once more: those that succeed with another value leave room for others."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bothends.engine.judge import Disturbed, Early
from bothends.engine.run.unsettled import MOST, Unsettled
from tests.laws import kept

CASES = MOST + 8


@pytest.mark.parametrize(("status", "sent"), [(200, CASES), (409, MOST)], ids=["succeed", "are refused"])
def test_what_succeeds_with_another_value_leaves_room_for_others(status: int, sent: int) -> None:
    """However many names are taken, each case is judged if another name is free; if none is, `MOST` are tried."""
    unsettled, bodies = Unsettled(kept.contract(), Disturbed(kept.contract()), Early(kept.contract())), []
    for number in range(1, CASES + 1):
        refused = kept.exchange(number, body=b'{"data": "name"}', answer=kept.answer(409), deliveries=())
        named = replace(refused.case, name=str(number), request=replace(refused.case.request, body=b'{"data": "name"}'))
        unsettled.take_refused(replace(refused, case=named), ["/data"])
    while (batch := unsettled.next()) is not None:
        (case,) = batch.cases
        bodies.append(json.loads(case.request.body or b"")["data"])
        unsettled.note([replace(kept.exchange(CASES + 1, answer=kept.answer(status)), case=case)])
    assert (sent, False) == (len(bodies), "name" in bodies)


def test_what_others_may_have_led_to_is_said_of_the_batch_that_is_asked_about() -> None:
    """What it remembers does not grow: of what comes late, the judge knows what was said."""
    disturbed = Disturbed(kept.contract())
    odd = [
        replace(kept.exchange(number, refused=True, answer=kept.answer(500), deliveries=()), began=1.0, ended=2.0)
        for number in (1, 2, 3, 4)
    ]
    assert frozenset({1, 2}) == disturbed.among(odd[:2])
    assert frozenset({3, 4}) == disturbed.among(odd[2:])
