"""Values of schemas: another validator than the harness's takes them, and they are what the contract gives."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest

from bothends.contract import load
from bothends.schemas import Maker, NoValueError, Ordinary, Schema, Shaper, Wishes, sample_of
from bothends.schemas.choosers import Readable
from bothends.schemas.values import Chooser

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS: list[dict[str, Any]] = [
    {"type": "string", "minLength": 30, "maxLength": 31},
    {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}(-x|y)?$"},
    {"type": "string", "format": "uuid"},
    {"type": "integer", "minimum": 7, "exclusiveMaximum": 9, "multipleOf": 4},
    {"type": "number", "exclusiveMinimum": 0, "maximum": 0.5},
    {"type": ["null", "object"], "required": ["a"], "properties": {"a": {"const": 1}}, "additionalProperties": False},
    {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "maxItems": 3, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"const": "a"}, {"type": "boolean"}], "items": False, "minItems": 2},
    {"allOf": [{"type": "object", "required": ["a"]}, {"properties": {"a": {"type": "string", "maxLength": 1}}}]},
    {"oneOf": [{"type": "integer"}, {"type": "string", "minLength": 1}]},
    {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "type": "object", "required": ["a"]},
    {"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}},
    {"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object", "properties": {"next": {"$ref": "#/$defs/tree"}}}}},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_value_is_one_of_the_schema(schema: dict[str, Any]) -> None:
    """By the validator of the package jsonschema, for several seeds."""
    validator = jsonschema.Draft202012Validator(schema)
    shaper = Shaper(Schema(schema))
    assert [] == [error for seed in range(20) for error in validator.iter_errors(shaper.make(str(seed), Wishes()))]


@pytest.mark.parametrize("schema", [each for each in SCHEMAS if "uniqueItems" not in each], ids=str)
def test_the_plainest_value_is_one_of_the_schema(schema: dict[str, Any]) -> None:
    """It is a guess, which is right for schemas such as these."""
    jsonschema.Draft202012Validator(schema).validate(sample_of(schema))


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_any_ordinary_value_may_be_one_of_the_schema(schema: dict[str, Any]) -> None:
    """Of a hundred, some are."""
    validator = jsonschema.Draft202012Validator(schema)
    made = [Maker(schema).make(Ordinary(Random(seed))) for seed in range(100)]  # noqa: S311 -- reproducible
    assert any(validator.is_valid(value) for value in made)


@pytest.mark.parametrize(
    ("schema", "whole", "plain"),
    [
        ({}, True, 1),
        ({"minimum": 7, "multipleOf": 5}, True, 10),
        ({"exclusiveMinimum": 10, "multipleOf": 5}, True, 15),
        ({"exclusiveMaximum": -3}, True, -4),
        ({"minimum": 1.0}, True, 1),
        ({"multipleOf": 0.5}, False, 0.5),
        ({"exclusiveMinimum": 0, "maximum": 0.5}, False, 0.25),
        ({"maximum": -2}, False, -3),
    ],
)
def test_a_number_keeps_its_bounds(schema: dict[str, Any], *, whole: bool, plain: float) -> None:
    """The plainest is the least; any other is within them too, but for an end that is excluded now and then."""
    assert plain == Chooser().number(schema, whole=whole, fresh=False)
    validator = jsonschema.Draft202012Validator(schema)
    for seed in range(30):
        rng = Random(seed)  # noqa: S311 -- reproducible
        for chooser in (Ordinary(rng), Readable(rng, Wishes(), seed)):
            number = chooser.number(schema, whole=whole, fresh=False)
            assert not whole or isinstance(number, int)
            assert validator.is_valid(number) or number in schema.values()


@pytest.mark.parametrize(
    "schema", [{"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2}, {"allOf": [False]}]
)
def test_what_has_no_value_is_said(schema: dict[str, Any]) -> None:
    """Nothing is within the bounds, or nothing fits at all."""
    with pytest.raises(NoValueError):
        Shaper(Schema(schema)).make("1", Wishes())
    assert sample_of(schema) is None


def test_wishes_are_kept() -> None:
    """A hint as far as it fits, what comes from elsewhere, what is to be new, and what is hidden."""
    schema = {
        "type": "object",
        "required": ["id", "kind", "from"],
        "properties": {
            "id": {"type": "string", "pattern": "^a", "example": "abc"},
            "kind": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]},
            "from": {"type": "string", "x-from": "request.body#/a"},
            "secret": {"type": "string", "writeOnly": True},
            "count": {"type": "integer"},
        },
    }
    hint = {"id": "axx", "kind": [4, "5"], "secret": "s", "count": "many", "more": 1}
    wishes = Wishes(lambda text, _: text, hint, frozenset({"id"}), "writeOnly")
    made = Shaper(Schema(schema)).make("1", wishes)
    assert (4, "request.body#/a", 1) == (made["kind"][0], made["from"], made["more"])
    assert re.fullmatch("a[0-9a-f]{16}", made["id"])
    assert "secret" not in made
    assert all(isinstance(each, int) for each in (made["count"], *made["kind"]))


def test_what_the_contract_gives_comes_first() -> None:
    """An example, a default, a choice; of the whole before of a part."""
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "example": "x"}, "b": {"default": 4}, "c": {"enum": ["p", "q"]}},
    }
    assert {"a": "x", "b": 4, "c": "p"} == Shaper(Schema(schema)).make("1", Wishes())
    assert {"a": "y"} == Shaper(Schema({**schema, "examples": [{"a": "y"}]})).make("1", Wishes())


def test_the_contracts_of_the_repository() -> None:
    """Each answer and each event of the examples' contracts, by the other validator."""
    for settings in ("bothends.toml", "examples/orders/python/bothends.toml", "examples/stripe/bothends.toml"):
        contract = load(ROOT / settings, detailed=True)
        for operation in contract.operations:
            schemas = [
                schema for answer in operation.answers for schema in answer.content.values() if schema is not None
            ]
            schemas += [event.body for event in operation.events]
            for schema in schemas:
                jsonschema.Draft202012Validator(schema.raw).validate(Shaper(schema).make("1", Wishes()))


@pytest.mark.parametrize(
    ("first", "second"),
    [("starts_at", "ends_at"), ("checkOut", "checkIn"), ("validFrom", "validTo"), ("from", "until")],
)
@pytest.mark.parametrize("form", ["date-time", "date", "time"])
def test_what_starts_ends_later(first: str, second: str, form: str) -> None:
    """No schema says that an end comes behind its start, and services refuse what ends when it starts."""
    when = {"type": "string", "format": form}
    made = sample_of({"type": "object", "required": [first, second], "properties": {first: when, second: when}})
    start, end = (second, first) if first == "checkOut" else (first, second)
    assert made[start] < made[end]
    assert Schema(when).is_valid_with_formats(made[end])


def test_a_time_that_the_contract_gives_stays_and_so_do_equal_ones_that_are_no_span() -> None:
    """Examples are the contract's own; what is not named as a span has the plainest time."""
    when = {"type": "string", "format": "date", "example": "2027-01-01"}
    other = {"type": "string", "format": "date"}
    properties = {"start": when, "end": when, "born": other, "moved": other}
    made = sample_of({"type": "object", "required": list(properties), "properties": properties})
    assert {"start": "2027-01-01", "end": "2027-01-01", "born": "2024-02-29", "moved": "2024-02-29"} == made
