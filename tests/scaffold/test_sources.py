"""Where a value comes from: what is equal in each exchange, and differs between them, is hardly so by chance."""

from __future__ import annotations

from typing import Any

import pytest

from bothends.records import Case, Exchange, NoAnswer, Request
from bothends.scaffold.sources import clock_of, matching, same, varies


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        ("1", 1, False),
        ({"a": 1, "b": [2.0]}, {"b": [2], "a": 1}, True),
        (None, False, False),
        ([], {}, False),
    ],
)
def test_values_are_equal_as_json_has_it(one: Any, other: Any, *, equal: bool) -> None:
    """A number is its value, and a flag is no number."""
    assert equal == same(one, other)


def test_a_source_has_the_value_in_each_exchange() -> None:
    """One that is equal in some only is none."""
    rows = [
        (2, {"request.body#/amount": 2, "request.body#/size": 2, "answer.body#/amount": 2}),
        (3, {"request.body#/amount": 3, "request.body#/size": 7, "answer.body#/amount": 3}),
    ]
    assert ["request.body#/amount", "answer.body#/amount"] == list(matching(rows))


@pytest.mark.parametrize(("values", "so"), [([1, 1.0, 1], False), ([1, True], True), (["a", "b"], True), ([], False)])
def test_values_vary(values: list[Any], *, so: bool) -> None:
    """What is always the same could come from anywhere."""
    assert so == varies(values)


def exchange(began: float) -> Exchange:
    """Return an exchange of half a second."""
    case = Case("op", "success", "", Request("GET", "/"))
    sent = Request("GET", "/")
    return Exchange(1, case, None, sent, NoAnswer("closed"), began, began + 0.5)


@pytest.mark.parametrize(
    ("values", "source"),
    [
        ([1_700_000_000_250, 1_700_000_100_001], "clock.ms"),
        ([1_700_000_000, 1_700_000_100.5], "clock.s"),
        (["2023-11-14T22:13:20Z", "2023-11-14T23:15:00.25+01:00"], "clock.iso"),
        (["2023-11-14T22:13:20", "2023-11-14T22:15:00"], ""),
        ([1_700_000_000_250, 1_700_000_000_250], ""),
        ([True, True], ""),
        (["today", "now"], ""),
    ],
)
def test_a_time_is_that_of_its_exchange(values: list[Any], source: str) -> None:
    """It is the clock's only where each is, in one unit."""
    exchanges = [exchange(1_700_000_000.0), exchange(1_700_000_100.0)]
    assert source == clock_of(list(zip(values, exchanges, strict=True)))
