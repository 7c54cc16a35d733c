"""The plainest values, guessed from a schema."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.schemas import sample_of

LEAVES = st.one_of(
    st.builds(
        lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more},
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    st.builds(
        lambda least, more: {"type": "integer", "minimum": least, "maximum": least + more},
        st.integers(-9, 9),
        st.integers(0, 9),
    ),
    st.builds(lambda least: {"type": "number", "exclusiveMinimum": least}, st.integers(-9, 9)),
    st.builds(lambda most: {"type": "integer", "exclusiveMaximum": most}, st.integers(-9, 9)),
    st.builds(lambda most: {"type": "integer", "maximum": most}, st.integers(-9, 9)),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["null", "string"]}, {}, {"const": [1]}]),
    st.sampled_from([{"enum": ["a", "b"]}, {"type": "string", "examples": ["c"]}, {"type": "string", "default": "d"}]),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda properties: {"type": "object", "properties": properties, "required": list(properties)},
            st.dictionaries(st.text(max_size=3), inner, max_size=3),
        ),
        st.builds(lambda item, least: {"type": "array", "items": item, "minItems": least}, inner, st.integers(0, 3)),
        st.builds(
            lambda first, item: {"type": "array", "prefixItems": [first], "items": item, "minItems": 2}, inner, inner
        ),
        st.builds(lambda one, other: {"anyOf": [one, other]}, inner, inner),
        st.builds(lambda one: {"oneOf": [one]}, inner),
    ),
    max_leaves=6,
)


@given(SCHEMAS)
def test_a_guess_is_right_for_common_schemas(schema: Any) -> None:
    """What is guessed from types, bounds, properties, items and alternatives is valid."""
    assert jsonschema_rs.validator_for(schema).is_valid(sample_of(schema))


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"$ref": "#/$defs/a", "$defs": {"a": {"const": 7}}}, 7),
        ({"minProperties": 1, "properties": {"a": {"const": 7}, "b": {"const": 8}}, "type": "object"}, {"a": 7}),
        (
            {
                "minProperties": 2,
                "properties": {"a": {"const": 7}, "b": {"const": 8}},
                "required": ["b"],
                "type": "object",
            },
            {"a": 7, "b": 8},
        ),
        ({"minProperties": 2, "properties": {"a": {"const": 7}}, "type": "object"}, {"a": 7, "member0": None}),
        (
            {"minProperties": 1, "properties": {"a": False, "b": {"const": 8}}, "type": "object"},
            {"b": 8},
        ),
        ({"$ref": "#/$defs/nowhere"}, None),
        ({"$ref": "https://elsewhere.example/"}, None),
        (
            {"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}}], "required": ["b"]},
            {"a": 1, "b": None},
        ),
        ({"allOf": [{"properties": {"a": {"const": 1}}}, {"required": ["a"]}]}, {"a": 1}),
        (
            {"allOf": [{"$ref": "#/$defs/a"}], "required": ["a"], "$defs": {"a": {"properties": {"a": {"const": 1}}}}},
            {"a": 1},
        ),
        ({"properties": {"a": {"const": 1}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1}),
        ({"allOf": [{"type": "string"}]}, "text"),
        ({"allOf": [{"type": "null"}]}, None),
        ({"type": "string", "format": "date"}, "2024-02-29"),
        ({"type": "integer", "minimum": 5, "multipleOf": 5}, 5),
        ({"properties": {"a": {}}}, {}),
        ({"type": []}, None),
        (False, None),
    ],
)
def test_a_guess_follows_references_and_combinations(schema: Any, expected: Any) -> None:
    """References within the schema are followed; what leads elsewhere is left."""
    assert expected == sample_of(schema)


def test_a_schema_that_asks_for_itself_ends() -> None:
    """A guess at an endless value is cut, not endless."""
    schema = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}}
    value, depth = sample_of(schema), 0
    while isinstance(value, dict):
        value, depth = value["next"], depth + 1
    assert 4 < depth < 10
