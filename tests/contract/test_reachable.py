"""Whether a pointer can lead anywhere in a schema's values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.contract.terms import can_lead
from bothends.records.pointers import join
from bothends.schemas import Schema

CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        (CLOSED, "/b"),
        (CLOSED, "/a/b"),
        (CLOSED, "/0"),
        ({"$ref": "#/$defs/x", "$defs": {"x": CLOSED}}, "/b"),
        ({"allOf": [{}, CLOSED]}, "/b"),
        ({"oneOf": [CLOSED, {"type": "null"}]}, "/b"),
        ({"properties": {"a": False}}, "/a"),
        ({"type": "array", "items": CLOSED}, "/0/b"),
        ({"type": "array", "items": CLOSED}, "/a"),
        ({"type": "array", "prefixItems": [CLOSED], "items": False}, "/1"),
        ({"type": ["string", "integer"]}, "/a"),
    ],
)
def test_a_place_that_no_value_has(schema: dict[str, Any], pointer: str) -> None:
    """What the schema forbids for certain leads nowhere."""
    assert not can_lead(Schema(schema), pointer)


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        (CLOSED, ""),
        (CLOSED, "/a"),
        ({}, "/a/0/b"),
        ({"anyOf": [CLOSED, {}]}, "/b"),
        ({**CLOSED, "patternProperties": {"^c": {}}}, "/b"),
        ({"$ref": "#"}, "/b"),
        ({"type": "array", "prefixItems": [CLOSED], "items": {}}, "/1/b"),
    ],
)
def test_a_place_that_a_value_may_have(schema: dict[str, Any], pointer: str) -> None:
    """What is allowed, or not certain to be forbidden, may be there."""
    assert can_lead(Schema(schema), pointer)


VALUES = st.recursive(
    st.none() | st.integers(0, 2) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


def schema_of(value: Any) -> dict[str, Any]:
    """Return the narrowest schema of a value that says what each part is."""
    if isinstance(value, dict):
        parts = {key: schema_of(part) for key, part in value.items()}
        return {"type": "object", "properties": parts, "additionalProperties": False}
    if isinstance(value, list):
        first = {"prefixItems": [schema_of(part) for part in value]} if value else {}
        return {"type": "array", **first, "items": False}
    return {"const": value}


def places(value: Any) -> list[str]:
    """Return the pointers of all that a value holds, itself too."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return ["", *(join(key) + rest for key, part in parts for rest in places(part))]


@given(VALUES)
def test_what_a_value_of_the_schema_has_is_never_nowhere(value: Any) -> None:
    """A right contract is never refused."""
    schema = Schema(schema_of(value))
    assert schema.is_valid(value)
    assert [] == [pointer for pointer in places(value) if not can_lead(schema, pointer)]
