"""Requests about an object as nobody has seen it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from bothends.cases.families.registry import plain_cases
from tests.cases.orders import ORDERS, ORDERS_TOML

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract import Contract

PATH = "/shops/{shop}/orders"
TAG = {"type": "string", "maxLength": 200}


def declaring(make_contract: Callable[..., Contract], *names: str) -> Contract:
    """Return a contract whose operation declares headers."""
    spec: dict[str, Any] = copy.deepcopy(ORDERS)
    headers = [{"in": "header", "name": name, "schema": TAG} for name in names]
    spec["paths"][PATH]["post"]["parameters"] = [*spec["paths"][PATH]["post"].get("parameters", []), *headers]
    return make_contract(spec, ORDERS_TOML)


def test_a_precondition_of_the_contract_is_played(make_contract: Callable[..., Contract]) -> None:
    """Each that names an object as it was seen is, whatever is drawn."""
    contract = declaring(make_contract, "If-Match", "if-unmodified-since", "If-None-Match")
    found = {
        (case.name.partition(".")[2], pair)
        for case in plain_cases(contract, "preconditions")
        for pair in case.request.headers
        if pair[0].lower().startswith("if-")
    }
    assert {
        ("if-match-another-tag", ("If-Match", '"bothends"')),
        ("if-match-any-tag", ("If-Match", "*")),
        ("if-unmodified-since-long-ago", ("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT")),
    } == found


def test_whether_it_is_refused_is_the_targets_to_say(make_contract: Callable[..., Contract]) -> None:
    """A success is right as well as 412, declared or not, and no other error than those that are declared."""
    contract = declaring(make_contract, "If-Match")
    cases = list(plain_cases(contract, "preconditions"))
    assert 2 == len(cases)
    for case in cases:
        operation = contract.operation(case.operation)
        assert case.expect.statuses >= operation.success_statuses
        assert 412 in case.expect.statuses | case.expect.absent


def test_without_one_there_is_no_case(make_contract: Callable[..., Contract]) -> None:
    """A header that the contract does not have, a target may ignore."""
    assert [] == list(plain_cases(declaring(make_contract, "If-None-Match"), "preconditions"))
