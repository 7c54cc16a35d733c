"""Constants that a schema asks for: what tells the events of one callback from those of another."""

from __future__ import annotations

from typing import Any

import pytest

from bothends.schemas import Schema, has_constants

KIND = {"properties": {"kind": {"const": "a"}}}
NEEDED = {"type": "object", "required": ["kind"]}


@pytest.mark.parametrize(
    "schema",
    [
        {**KIND, **NEEDED},
        {"allOf": [NEEDED, KIND]},
        {"allOf": [KIND], **NEEDED},
        {"allOf": [{"$ref": "#/$defs/needed"}, KIND], "$defs": {"needed": NEEDED}},
        {"properties": {"data": {"allOf": [NEEDED, KIND]}}, "required": ["data"]},
    ],
)
def test_a_required_constant_counts_wherever_it_stands(schema: dict[str, Any]) -> None:
    """A member is required by one part of an `allOf`, and has its constant in another."""
    values: list[Any] = [{"kind": "a"}, {"kind": "b"}, {}]
    found = [has_constants(Schema(schema), {"data": value} if "data" in str(schema) else value) for value in values]
    assert [True, False, False] == found


@pytest.mark.parametrize("schema", [KIND, {"allOf": [KIND]}, {"allOf": [KIND, {"required": ["other"]}]}])
def test_a_constant_that_may_be_left_out_does_not_count(schema: dict[str, Any]) -> None:
    """An event without it is one of that callback all the same."""
    assert has_constants(Schema(schema), {"kind": "b"})
