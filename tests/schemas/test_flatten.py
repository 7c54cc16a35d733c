"""What else looks at the value that a schema looks at, and all of it folded into one mapping."""

from __future__ import annotations

from random import Random
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.schemas import NoValueError, also, certain, folded, in_place, located, references, targets_in

TREE: dict[str, Any] = {
    "title": "top",
    "$ref": "#/$defs/a",
    "allOf": [{"title": "b"}, {"anyOf": [{"title": "c"}, True], "allOf": [{"title": "d"}]}],
    "oneOf": [{"title": "e"}],
    "then": {"title": "f"},
    "dependentSchemas": {"x": {"title": "g"}},
    "$defs": {"a": {"title": "a", "$ref": "#/$defs/z~1z"}, "z/z": {"title": "z", "allOf": [{"$ref": "#/$defs/a"}]}},
}


def titles(parts: Any) -> str:
    """Return the titles of parts, a dash for each that has none."""
    return "".join(part.get("title", "-") for part in parts)


def test_what_holds_and_what_may_hold_is_met_once() -> None:
    """References, in a circle too, and `allOf` are certain; branches may hold; conditions are asked for."""
    target = targets_in(TREE)
    assert "topaz-b-d" == titles(certain(TREE, target))
    assert "topaz-b-dce" == titles(in_place(TREE, target))
    assert "topaz-b-dcefg" == titles(in_place(TREE, target, ("then", "dependentSchemas")))


def test_what_holds_has_its_pointer() -> None:
    """Where a reference leads is told as a place, and so is a member of `allOf`."""
    found = [pointer for pointer, _ in located(TREE, "/x", targets_in(TREE))]
    assert ["/$defs/a", "/x/allOf/0", "/x/allOf/1"] == found


def test_references_are_named() -> None:
    """Those of all that stands in a schema, unescaped."""
    assert ["z/z", "a"] == list(references({"items": {"$ref": "#/$defs/a"}, "not": {"$ref": "#/$defs/z~1z"}}))


def test_more_is_asked_for() -> None:
    """What is there stays."""
    assert {"type": "string", "allOf": [1, 2]} == also({"type": "string", "allOf": [1]}, 2)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "other.yaml#/a"},
        {"$ref": "#/$defs/missing"},
        {"$ref": "#"},
        {"allOf": [False]},
    ],
)
def test_what_can_t_be_folded_is_said(schema: Any) -> None:
    """A reference that leads nowhere or to itself, and a branch that nothing fits."""
    with pytest.raises(NoValueError):
        folded(schema, targets_in(schema), lambda branches: branches[0])


PART = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["integer", "number", ["integer", "string"], ["string", "null"]]),
        "minimum": st.integers(-3, 3),
        "maximum": st.integers(-3, 3),
        "maxLength": st.integers(0, 2),
        "enum": st.lists(st.sampled_from(["", "a", "abc", -1, 0, 2]), min_size=1, max_size=3),
        "required": st.lists(st.sampled_from(["a", "b"]), unique=True),
        "properties": st.dictionaries(st.sampled_from("ab"), st.sampled_from([True, {"maxLength": 1}]), max_size=2),
    },
)  # fmt: skip
VALUES: tuple[Any, ...] = (None, "", "a", "abc", -1, 0, 2, {}, {"a": "x"}, {"a": "xy", "b": 1})


@given(PART, st.lists(PART, max_size=2), st.lists(PART, min_size=1, max_size=2))
def test_what_all_parts_take_the_folded_schema_takes(own: Any, held: list[Any], branches: list[Any]) -> None:
    """Nothing is folded away that fits: a value of the whole, by the branch that is chosen, is one of the mapping."""
    chosen = branches[0]
    whole = {**own, "allOf": held, "anyOf": branches}
    plain = folded(whole, targets_in(whole), Random(0).choice if len(branches) == 1 else lambda each: each[0])  # noqa: S311 -- reproducible
    assert plain.keys().isdisjoint({"allOf", "anyOf"})
    fits = [jsonschema_rs.validator_for(each).is_valid for each in (own, *held, chosen)]
    for value in VALUES:
        if all(one(value) for one in fits):
            assert jsonschema_rs.validator_for(plain).is_valid(value), plain
