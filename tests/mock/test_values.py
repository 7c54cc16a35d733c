"""Values of schemas: another validator than the harness's takes them, and they are what the contract gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bothends.contract import load
from bothends.mock.values import Shaper, Wishes
from bothends.schemas import Schema

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
