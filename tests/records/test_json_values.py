"""Equality of JSON values."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.records import json_equal

EXACT = 2**53
"""Beyond it, JSON Schema implementations that hold numbers as binary64 no longer tell integers apart."""

LONG = -6.394573847868469e16
"""A double that is a whole number beyond that: what writes it may end it with zeros."""

SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-EXACT, EXACT),
    st.sampled_from([0, 0.0, -0.0, 1, 1.0, True, False, "", "0", "1", "true", "null", None]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


def rewritten(value: Any) -> Any:
    """Return an equal value, written otherwise: keys reversed, integers as floats and the reverse."""
    if isinstance(value, dict):
        return {key: rewritten(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [rewritten(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, float) and value.is_integer() and abs(value) <= EXACT:
        return int(value)
    return value


@given(JSON)
def test_a_value_equals_itself_however_it_is_written(value: Any) -> None:
    """Neither the order of keys nor the form of a number makes a difference, in either direction."""
    assert json_equal(value, copy.deepcopy(value))
    assert json_equal(value, rewritten(value))
    assert json_equal(rewritten(value), value)


@given(JSON, JSON)
def test_equality_is_symmetric(one: Any, other: Any) -> None:
    """It does not matter which value is named first."""
    assert json_equal(one, other) == json_equal(other, one)


@given(st.lists(SCALARS, min_size=3, max_size=3))
def test_equality_is_transitive(values: list[Any]) -> None:
    """What equals the same value is equal."""
    one, two, three = values
    if json_equal(one, two) and json_equal(two, three):
        assert json_equal(one, three)


@given(JSON, JSON)
def test_equality_is_what_json_schema_means_by_const(one: Any, other: Any) -> None:
    """Two values are equal just when one is valid against `const` of the other."""
    assert jsonschema_rs.is_valid({"const": one}, other) == json_equal(one, other)
    assert jsonschema_rs.is_valid({"const": one}, rewritten(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (0, None),
        ("1", 1),
        ([], {}),
        ({}, None),
        ("", None),
        ([1, 2], [2, 1]),
        ([1], [1, 1]),
        ({"a": 1}, {"a": 1, "b": None}),
        ({"a": 1}, {"b": 1}),
        ([{"a": [True]}], [{"a": [1]}]),
        (EXACT + 1, float(EXACT)),
        (LONG, -63945738478684691),
        (10**400, 1e308),
        ("é", "e\u0301"),
    ],
)
def test_values_that_are_not_equal(one: Any, other: Any) -> None:
    """Types, order of items, and each character count."""
    assert not json_equal(one, other)
    assert not json_equal(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *((1, 1.0), (0, -0.0), (1000, 1e3), (10**400, 10**400), ("ж", "\u0436")),
        *((LONG, int(LONG)), (LONG, -63945738478684690)),
    ],
)
def test_values_that_are_equal(one: Any, other: Any) -> None:
    """A number is its mathematical value, a string its characters."""
    assert json_equal(one, other)
    assert json_equal({"a": [one]}, {"a": [other]})


def test_deep_values_are_compared() -> None:
    """Depth is no limit."""
    one: Any = 1
    other: Any = 1.0
    for _ in range(20_000):
        one, other = [one], [other]
    assert json_equal(one, other)
    while isinstance(one, list):  # takes them apart by hand: freeing them at once may exhaust the stack
        one, other = one.pop(), other.pop()
