"""What is said of requests whose object was in another state: nothing where the request asks that there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bothends.engine.evidence.object_states import not_proven
from tests.engine.evidence_of import seen
from tests.laws import kept


@pytest.mark.parametrize(
    ("header", "status", "told"),
    [
        ("If-Match", 412, 1),
        ("If-None-Match", 412, 0),
        ("If-None-Match", 409, 1),
    ],
)
def test_a_request_to_make_what_is_not_there_is_refused_by_what_is(header: str, status: int, told: int) -> None:
    """Of an object that is there, `If-None-Match: *` leads to 412 whatever its state is: setup would not help."""
    headers = (("content-type", "application/json"), (header, "*"))
    exchange = kept.exchange(headers=headers, answer=kept.answer(status), deliveries=())
    contract = kept.contract()
    found = list(not_proven(seen(contract, replace(exchange, known="make")), contract))
    assert told == len(found)
    assert all("[[target.setup]]" in each.add for each in found)
