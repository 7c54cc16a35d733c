"""Point 3: two callbacks, both sent as declared, were BROKEN; one of them left out was PROVEN."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.verdicts.points.shop import BASE
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from tests.verdicts.points.shop import Shop


def two(*, owed: bool) -> dict[str, Any]:
    """Return what differs in a shop that sends two events.

    Args:
        owed: Whether the second callback says that each success owes it; else nothing says when it comes.
    """
    base = read_yaml(BASE)
    placed = base["spec"]["paths"]["/orders"]["post"]["callbacks"]["orderPlaced"]
    paid = deepcopy(placed)
    operation = paid["{ingest}/e/{eventKey}"]["post"]
    if not owed:
        del operation["x-when"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    schema["properties"]["name"]["const"] = "order.paid"
    schema["properties"]["data"]["required"].remove("item")
    del schema["properties"]["data"]["properties"]["item"]
    [event] = base["target"]["events"]
    second = {**event, "callback": "orderPaid", "body": {"name": "order.paid", "data": {"order": "$answer.body#/id"}}}
    return {
        "callbacks": {"orderPlaced": placed, "orderPaid": paid},
        "target": {"events": [event, second]},
    }


@pytest.mark.long
def test_both_sent_as_declared_are_proven(shop: Shop) -> None:
    """Two events of one request, each the one that its callback declares."""
    ended = shop.verify("3 two callbacks, both sent", two(owed=False))
    assert 0 == ended.code, ended


@pytest.mark.long  # so says tests/engine/test_callback_tallies.py
def test_one_that_nothing_demands_is_not_proven_when_it_never_comes(shop: Shop) -> None:
    """Nothing says when the second comes: what does not come is told, with the line that would settle it."""
    ended = shop.verify("3 two callbacks, one sent, no x-when", two(owed=False), breaks="never:orderPaid")
    assert 4 == ended.code, ended
    [line] = [each for each in ended.missing if "x-when" in each["add"]]
    assert "orderPaid" in line["what"]
    assert "/callbacks/orderPaid" in line["where"]


def test_one_that_each_success_owes_is_lost_when_it_never_comes(shop: Shop) -> None:
    """With `x-when: true` the same target is broken."""
    row = two(owed=True)
    ended = shop.verify("3 two callbacks, one sent, x-when: true", row, "--only", "success", breaks="never:orderPaid")
    assert (1, "event-for-success") == (ended.code, ended.laws[0]), ended
