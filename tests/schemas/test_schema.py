"""Schemas that check values."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.schemas import Schema, SchemaError

EVENT = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}, "additionalProperties": False}
ONE_OR_MANY = {
    "oneOf": [{"$ref": "#/$defs/Event"}, {"type": "array", "items": {"$ref": "#/$defs/Event"}}],
    "$defs": {"Event": EVENT},
}

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


def test_what_is_wrong_with_a_long_value_is_told() -> None:
    """A message that quotes a long text has its beginning and what is wrong with it."""
    (error,) = Schema({"type": "object"}).errors("x" * 5000)
    assert error.message.startswith('"xxx')
    assert error.message.endswith('xxx" is not of type "object"')
    assert 310 > len(error.message)


def test_an_error_says_where_and_what() -> None:
    """An error has the pointer in the value, one sentence, and the pointer of the keyword."""
    schema = Schema({"properties": {"a/b": {"items": {"type": "integer"}}}})
    expected = [SchemaError("/a~1b/1", '"x" is not of type "integer"', "/properties/a~1b/items/type")]
    assert expected == schema.errors({"a/b": [1, "x"]})
    assert schema.errors({"a/b": [1]}) == []


def test_the_branch_that_was_meant_tells_what_is_wrong() -> None:
    """Of a value that fits none of several schemas, the errors of the one for its type are told."""
    schema = Schema(ONE_OR_MANY)
    assert [error.pointer for error in schema.errors({"n": "x"})] == ["/n"]
    assert [error.pointer for error in schema.errors([{"n": "x"}])] == ["/0/n"]
    assert [error.schema_pointer for error in schema.errors(5)] == ["/oneOf"]


def test_a_value_that_fits_several_branches_is_told_as_it_is() -> None:
    """That more than one schema of a oneOf fits is an error of the oneOf."""
    assert [e.schema_pointer for e in Schema({"oneOf": [True, {"type": "integer"}]}).errors(5)] == ["/oneOf"]


def test_messages_are_bounded() -> None:
    """A value of a megabyte makes no message of a megabyte."""
    (error,) = Schema({"type": "integer"}).errors("x" * 1_000_000)
    assert len(error.message) < 400


def test_numbers_are_those_of_json() -> None:
    """1.0 is an integer and equals 1; true is no number; numbers of any size can be checked."""
    assert Schema({"type": "integer", "const": 1}).is_valid(1.0)
    assert not Schema({"type": "integer"}).is_valid(True)  # noqa: FBT003 -- the value that is checked
    assert Schema({"type": "integer"}).is_valid(10**400)


def test_formats_are_annotations() -> None:
    """`format` refuses nothing, as 2020-12 has it, and what a stricter reader would say can be asked."""
    schema = Schema({"properties": {"at": {"format": "date-time"}}})
    value = {"at": "yesterday"}
    assert (schema.is_valid(value), schema.is_valid_with_formats(value)) == (True, False)
    assert schema.has_formats
    assert not Schema({"const": {"format": "x"}}).has_formats
    assert Schema({"type": "string"}).is_valid_with_formats("x")


@pytest.mark.parametrize("text", ["\ud800", "\udc00\ud800", "a\ud83d"])
def test_half_of_a_surrogate_pair_is_one_character(text: str) -> None:
    """A string that UTF-8 can't hold is checked as if U+FFFD stood there."""
    assert Schema({"maxLength": len(text), "minLength": len(text)}).is_valid(text)
    (error,) = Schema({"properties": {"a": {"const": 1}}}).errors({"a": text})
    assert error.pointer == "/a"


def test_deep_values_are_checked() -> None:
    """A value as deep as Python's own parser takes is checked without harm."""
    value = json.loads("[" * 500 + "1" + "]" * 500)
    assert Schema({"$ref": "#/$defs/t", "$defs": {"t": {"items": {"$ref": "#/$defs/t"}}}}).is_valid(value)
    assert Schema({"maxItems": 0}).errors(value) != []


def test_a_schema_can_be_sent_to_another_process() -> None:
    """A schema that was compiled is the same after pickling."""
    schema = Schema(ONE_OR_MANY, "/x")
    schema.compile()
    again = pickle.loads(pickle.dumps(schema))  # noqa: S301 -- made here
    assert (schema.raw, schema.pointer) == (again.raw, again.pointer)
    assert again.is_valid({"n": 1})
    assert repr(again) == "Schema('/x')"


@given(VALUES)
def test_any_value_is_checked(value: object) -> None:
    """There are errors exactly when the value is not valid, whatever the value."""
    schema = Schema(ONE_OR_MANY)
    assert schema.is_valid(value) == (schema.errors(value) == [])
