"""What is said of requests whose object was in another state: nothing where the request asks that there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bothends.contract import Parameter
from bothends.contract.requests import SetupPlace
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


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("query", ["?page=7", ""])
def test_a_page_that_is_not_there_is_no_object_of_setup(query: str, required: bool) -> None:  # noqa: FBT001 -- a column
    """A query that need not be there asks for it; of what each request has, the object may be what is not there."""
    page = Parameter("page", "query", required=required, schema=None, example=None, pointer="/paths")
    place = SetupPlace("path", "project", "project")
    operation = replace(kept.operation(), path="/{project}", parameters=(page,), setup_places=(place,))
    contract = replace(kept.contract(), operations=(operation,))
    there = kept.exchange(1, target="/demo", deliveries=())
    other = kept.exchange(2, target=f"/demo{query}", family="coverage", answer=kept.answer(404), deliveries=())
    (found,) = not_proven(seen(contract, there, other), contract)
    of_page = bool(query) and not required
    assert of_page == ("nothing was there by 'page'" in found.why)
    assert of_page != ("the object that setup has made was not there" in found.why)
