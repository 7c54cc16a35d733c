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
        for case in plain_cases(contract, "precondition-failed")
        for pair in case.request.headers
        if pair[0].lower().startswith("if-")
    }
    tags = {"another-tag": '"bothends"', "other-tags": '"bothends", "another"', "any-tag": "*"}
    times = {"long-ago": "Sun, 06 Nov 1994 08:49:37 GMT", "at-the-end": "Fri, 31 Dec 9999 23:59:59 GMT"}
    values = {"If-Match": tags, "If-None-Match": tags, "if-unmodified-since": times}
    assert {
        (f"{name.lower()}-{what}", (name, value)) for name, each in values.items() for what, value in each.items()
    } == found


def test_whether_it_is_refused_is_the_targets_to_say(make_contract: Callable[..., Contract]) -> None:
    """A success is right as well as 412, declared or not, and no other error than those that are declared."""
    contract = declaring(make_contract, "If-Match")
    cases = list(plain_cases(contract, "precondition-failed"))
    assert 4 == len(cases)
    for case in cases:
        operation = contract.operation(case.operation)
        assert case.expect.statuses >= operation.success_statuses
        assert 412 in case.expect.statuses | case.expect.absent


def test_without_one_there_is_no_case(make_contract: Callable[..., Contract]) -> None:
    """A header that the contract does not have, a target may ignore."""
    assert [] == list(plain_cases(declaring(make_contract, "If-Range"), "precondition-failed"))
