"""What a schema offers, and what of it values have shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.schemas import Schema, SchemaPoints

WHOLE: dict[str, Any] = {
    "type": "object",
    "required": ["kind"],
    "properties": {
        "kind": {"enum": ["a", "b", 1]},
        "name": {"type": ["string", "null"]},
        "size": {"type": ["integer", "boolean", "array", "number", "object"]},
        "either": {"oneOf": [{"type": "string"}, {"$ref": "#/$defs/Inner"}, False]},
        "any": {"anyOf": [{"minimum": 5}, {"maximum": 7}]},
        "one": {"anyOf": [{"$ref": "#/$defs/Inner"}]},
        "list": {"prefixItems": [{"enum": [1, 2]}], "items": {"type": ["null", "string"]}},
        "map": {"additionalProperties": {"enum": [True, False]}},
        "both": {"allOf": [{"properties": {"x": True}}, {"properties": {"y": {}}}]},
        "never": False,
        "tree": {"$ref": "#/$defs/Tree"},
    },
    "additionalProperties": False,
    "$defs": {
        "Inner": {"type": "object", "properties": {"deep": {"const": 1}}},
        "Tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/Tree"}, "leaf": {"type": "boolean"}}},
    },
}


def shown(*values: Any, schema: dict[str, Any] | None = None) -> set[str]:
    """Return the names of the points that values have shown."""
    points = SchemaPoints(Schema(WHOLE if schema is None else schema))
    for value in values:
        points.note(value)
    return {name for (_, name), seen in zip(points.names, points.seen, strict=True) if seen}


def test_all_points_are_named() -> None:
    """Fields by their place, branches by their place and what is chosen; what is referred to twice has them once."""
    points = SchemaPoints(Schema(WHOLE))
    fields = [name for field, name in points.names if field]
    assert 1 == fields.count("/either/deep")
    assert "/never" not in fields
    assert "/one/deep" not in fields
    assert {"/tree/left", "/tree/leaf", "/both/x", "/both/y", "/list", "/map"} < set(fields)
    branches = {name for field, name in points.names if not field}
    assert {
        '/kind: "a"',
        "/kind: 1",
        "/name: null",
        "/either: oneOf 2",
        "/any: anyOf 1",
        "/list/*: 2",
        "/list/*: string",
        "/map/*: true",
        "/size: array",
    } < branches
    assert not any(name.startswith("/one:") for name in branches)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"kind": "a"}, {"/kind", '/kind: "a"'}),
        ({"kind": 1.0}, {"/kind", "/kind: 1"}),
        ({"kind": "a", "name": None}, {"/name", "/name: null"}),
        ({"kind": "a", "size": 3}, {"/size", "/size: integer", "/size: number"}),
        ({"kind": "a", "size": 3.5}, {"/size", "/size: number"}),
        ({"kind": "a", "size": 3.0}, {"/size", "/size: number", "/size: integer"}),
        ({"kind": "a", "size": True}, {"/size", "/size: boolean"}),
        ({"kind": "a", "size": {}}, {"/size", "/size: object"}),
        ({"kind": "a", "either": {"deep": 1}}, {"/either", "/either: oneOf 2", "/either/deep"}),
        ({"kind": "a", "any": 6}, {"/any", "/any: anyOf 1", "/any: anyOf 2"}),
        ({"kind": "a", "one": {"deep": 1}}, {"/one", "/either/deep"}),
        ({"kind": "a", "list": [1, "x", None]}, {"/list", "/list/*: 1", "/list/*: string", "/list/*: null"}),
        ({"kind": "a", "map": {"k": True}}, {"/map", "/map/*: true"}),
        ({"kind": "a", "both": {"x": 1, "y": 2}}, {"/both", "/both/x", "/both/y"}),
        ({"kind": "a", "tree": {"left": {"left": {"leaf": True}}}}, {"/tree", "/tree/left", "/tree/leaf"}),
    ],
)
def test_a_value_shows_what_it_has(value: Any, expected: set[str]) -> None:
    """Each field that is there, each branch that is taken, however deep."""
    assert expected | {"/kind"} == shown(value) - {'/kind: "a"'} | expected


def test_what_the_schema_forbids_shows_nothing() -> None:
    """A value that is wrong anywhere is no proof of anything."""
    assert set() == shown({"kind": "a", "other": 1}, {"name": "x"}, [], None)


def test_a_schema_may_be_its_own_part() -> None:
    """A reference to the whole schema ends, and the longest values do too."""
    schema: dict[str, Any] = {"type": ["object", "null"], "properties": {"next": {"$ref": "#"}}}
    value: Any = None
    for _ in range(200):
        value = {"next": value}
    assert {"/next", "/: object"} == shown(value, schema=schema)
    assert {"/next", "/: object", "/: null"} == shown({"next": None}, schema=schema)


def test_long_members_are_named_short() -> None:
    """A choice of a kilobyte is told by its beginning."""
    points = SchemaPoints(Schema({"enum": ["x" * 1000, 1]}))
    assert len(points.names[0][1]) < 80


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda s: st.lists(s) | st.dictionaries(st.text(), s),
    )
)
def test_any_value_can_be_noted(value: Any) -> None:
    """Nothing that is JSON, and nothing that Python makes of odd JSON, is too much."""
    shown(value, {"kind": "a", "size": value})
