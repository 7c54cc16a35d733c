"""Bodies at the bounds of a schema, and beyond."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases.families.boundaries import edges
from bothends.cases.families.registry import plain_cases
from bothends.contract import admission, load
from tests.cases.bounded import BASE, BOUNDED
from tests.cases.orders import ORDERS, ORDERS_TOML

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract import Contract


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """Return a contract with a bound of each sort."""
    folder = tmp_path_factory.mktemp("bounded")
    (folder / "spec.json").write_text(json.dumps(BOUNDED), encoding="utf-8")
    (folder / "bothends.toml").write_text(ORDERS_TOML, encoding="utf-8")
    return load(folder / "bothends.toml")


@pytest.fixture(scope="module")
def at_the_edges(bounded: Contract) -> dict[str, Any]:
    """Return the bodies at its bounds and beyond, by their names."""
    return dict(edges(bounded.operation("placeOrder")))


@pytest.fixture(scope="module")
def sent(bounded: Contract) -> dict[str, list[str]]:
    """Return the bodies of two families of its cases."""
    return {family: bodies_of(bounded, family) for family in ("success", "invalid-body")}


WRONG = {
    "code-line-break-after": "abc\n",
    "code-empty": "",
    "name-too-short": "x",
    "name-too-short-astral": "\U0001f680",
    "name-too-long": "x" * 5,
    "colour-other-case": "RED",
    "colour-space-after": "red ",
    "colour-full-width": "\uff52\uff45\uff44",
    "kind-other-case": "ORDER",
    "amount-beyond-minimum": -1,
    "amount-just-beyond-minimum": -5e-324,
    "amount-at-exclusiveMaximum": 10,
    "amount-between-steps": 1.25,
    "amount-as-text": "1",
    "amount-as-true": True,
    "count-beyond-minimum": 0,
    "count-beyond-maximum": 4,
    "count-and-a-half": 1.5,
    "tags-too-few": [],
    "tags-too-many": ["a", "a", "a"],
    "tags-item-twice": ["a", "a"],
    "gift-as-text": "true",
    "gift-as-number": 1,
    "inner-without-a": {},
    "inner-additional": {"a": True, "unexpected": "x"},
    "either-too-long": "x" * 4,
}
RIGHT = {
    "name-shortest": "xx",
    "name-longest": "x" * 4,
    "name-longest-in-bytes": "é" * 4,
    "name-longest-astral": "\U0001f680" * 4,
    "amount-at-minimum": 0,
    "count-at-maximum": 3,
    "either-longest": "xxx",
}


def bodies_of(contract: Contract, family: str) -> list[str]:
    """Return the JSON bodies of a family's cases, each written in one way."""
    found = [case.request.body or b"null" for case in plain_cases(contract, family) if case.operation == "placeOrder"]
    return [json.dumps(json.loads(body), sort_keys=True) for body in found]


@pytest.mark.parametrize("name", WRONG)
def test_what_is_beyond_a_bound_is_refused(at_the_edges: dict[str, Any], sent: dict[str, list[str]], name: str) -> None:
    """One place of a right body at a time, by each keyword that bounds it; no body is sent twice."""
    body = {**BASE, name.partition("-")[0]: WRONG[name]}
    assert body == at_the_edges[name]
    assert 1 == sent["invalid-body"].count(json.dumps(body, sort_keys=True))


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_at_a_bound_is_taken(at_the_edges: dict[str, Any], sent: dict[str, list[str]], name: str) -> None:
    """The bound itself is right, counted in characters and not in bytes."""
    body = {**BASE, name.partition("-")[0]: RIGHT[name]}
    assert body == at_the_edges[name]
    assert json.dumps(body, sort_keys=True) in sent["success"]


def test_what_is_optional_may_be_absent(bounded: Contract) -> None:
    """Each property that the schema does not demand is left out once, of a body that has all others."""
    cases = {case.name: case for case in plain_cases(bounded, "success") if case.name.endswith("-absent")}
    for name, case in cases.items():
        body = json.loads(case.request.body or b"")
        assert set(BASE) - {name.removesuffix("-absent").rpartition(".")[2]} == set(body)
        assert not admission(bounded.operations[0], case.request).refusals
    assert cases


def test_formats_are_doubtful(bounded: Contract) -> None:
    """JSON Schema lets a format be a note, so that what is not of it may be taken or refused."""
    cases = {case.name: case for case in plain_cases(bounded, "odd-body")}
    case = cases["placeOrder.mail-not-email-1"]
    assert "someone" == json.loads(case.request.body or b"")["mail"]
    assert {201, 422} <= case.expect.statuses
    assert not admission(bounded.operation("placeOrder"), case.request).certain


def test_names_are_unique_and_a_schema_that_holds_itself_ends(bounded: Contract) -> None:
    """The walk stops at a depth, and no two edges have one name."""
    names = [name for name, _ in edges(bounded.operation("placeOrder"))]
    assert len(names) == len(set(names))
    assert "inner-inner-a-as-text" in names
    assert len(names) < 400


def test_lists_are_looked_into(orders: Contract) -> None:
    """The first item of a list is a place too."""
    found = dict(edges(orders.operation("placeOrder")))
    assert [{"sku": "text"}] == found["lines-0-without-count"]["lines"]
    assert [{"sku": "xx", "count": 1}] == found["lines-0-sku-too-short"]["lines"]
    assert [] == found["lines-too-few"]["lines"]


def test_an_open_schema_ignores_more_members(make_contract: Callable[..., Contract]) -> None:
    """Where additional members are allowed, one that is there changes nothing, whatever its name."""
    spec = copy.deepcopy(ORDERS)
    spec["components"]["schemas"]["Order"] = {"type": "object", "properties": {"data": {}}}
    contract = make_contract(spec, ORDERS_TOML)
    taken = {case.name: case for case in plain_cases(contract, "success")}
    assert {"placeOrder.additional-user", "placeOrder.additional-name", "placeOrder.additional-status"} <= taken.keys()
    refused = [case.name for case in plain_cases(contract, "invalid-body") if "additional" in case.name]
    assert [] == refused
