"""What is told of requests that may have been refused for a value: nothing where there is another reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence import unsettled
from bothends.engine.evidence.evidence import Evidence
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange


def sent(number: int, status: int) -> Exchange:
    """Return an exchange of a valid request, with a case of its own."""
    exchange = kept.exchange(number, answer=kept.answer(status), deliveries=())
    return replace(exchange, case=replace(exchange.case, name=str(number)))


@pytest.mark.parametrize(
    ("others", "told"),
    [((), 1), ((409,), 0), ((422,), 1), ((409, 200), 1)],
    ids=["no other", "another with a value of its own", "refused otherwise", "and one that succeeds"],
)
def test_a_value_is_a_reason_unless_others_speak_against_it(others: tuple[int, ...], told: int) -> None:
    """What another operation has made may be why each request is refused, but not one that has no value of it."""
    contract = kept.contract()
    evidence = Evidence(contract)
    evidence.handle(ExchangeJudged(sent(1, 409), (), taken=True))
    for number, status in enumerate(others, 2):
        evidence.handle(ExchangeJudged(sent(number, status), ()))
    assert told == len(list(unsettled.notes(evidence.counts, contract)))
    assert told == len(list(unsettled.not_proven(evidence.counts, contract)))
