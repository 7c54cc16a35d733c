"""Answers made from a schema: valid, ordinary, varied, and each marked as its own."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bothends.errors import ContractError
from bothends.records import Token, find_tokens
from bothends.schemas import Maker, NoValueError, Ordinary, draw
from bothends.world.answers import MOST_BYTES, Answers, is_ordinary, pool

if TYPE_CHECKING:
    from pathlib import Path

APP: dict[str, Any] = {
    "type": "object",
    "required": ["appName", "environment", "locale", "features"],
    "properties": {
        "appName": {"type": "string"},
        "environment": {"enum": ["development", "staging", "production"]},
        "locale": {"type": "string"},
        "features": {"type": "object", "additionalProperties": {"type": "boolean"}},
    },
}
SCHEMAS: dict[str, Any] = {
    "app": APP,
    "anything": True,
    "empty": {},
    "string": {"type": "string", "minLength": 30, "maxLength": 60},
    "short": {
        "type": "object",
        "properties": {"a": {"type": "string", "maxLength": 19}},
        "additionalProperties": False,
    },
    "formats": {
        "type": "object",
        "required": ["at", "id", "mail", "site", "day"],
        "properties": {
            "at": {"type": "string", "format": "date-time"},
            "id": {"type": "string", "format": "uuid"},
            "mail": {"type": "string", "format": "email"},
            "site": {"type": "string", "format": "uri"},
            "day": {"type": "string", "format": "date"},
        },
        "additionalProperties": False,
    },
    "numbers": {
        "type": "object",
        "required": list("abcdefgh"),
        "properties": {
            "a": {"type": "integer", "minimum": 1, "maximum": 3},
            "b": {"type": "integer", "exclusiveMinimum": 0},
            "c": {"type": "number", "maximum": 0.5},
            "d": {"type": "number", "multipleOf": 0.5},
            "e": {"type": "integer", "multipleOf": 7},
            "f": {"type": ["integer", "null"], "maximum": -5},
            "g": {"type": "number", "minimum": 1, "exclusiveMaximum": 2},
            "h": {"minimum": 4},
        },
    },
    "arrays": {
        "type": "object",
        "required": ["list", "pair", "set", "closed", "with"],
        "properties": {
            "list": {"type": "array", "items": {"$ref": "#/$defs/item"}, "minItems": 2, "maxItems": 5},
            "pair": {"prefixItems": [{"const": 1}, {"type": "string"}], "items": {"type": "null"}},
            "set": {"type": "array", "uniqueItems": True, "minItems": 3, "items": {"enum": [1, 2, 3, 4]}},
            "closed": {"type": "array", "prefixItems": [{"type": "boolean"}], "items": False},
            "with": {"type": "array", "contains": {"const": "x"}, "minContains": 2},
        },
        "$defs": {"item": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}},
    },
    "tree": {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "left": {"$ref": "#/$defs/node"},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                },
            }
        },
    },
    "combined": {
        "allOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "minLength": 2}}},
            {"properties": {"a": {"maxLength": 40}, "b": {"anyOf": [{"const": None}, {"const": 1}]}}},
            {"required": ["b"]},
            {"minProperties": 2, "maxProperties": 6},
        ],
        "oneOf": [{"properties": {"kind": {"const": "x"}}, "required": ["kind"]}, {"not": {"required": ["kind"]}}],
        "if": {"properties": {"b": {"const": 1}}, "required": ["b"]},
        "then": {"required": ["c"]},
        "else": True,
    },
    "closed unions": {
        "allOf": [
            {"type": ["string", "number"], "enum": ["a", "b", 1], "minimum": 0},
            {"type": ["integer", "string"], "enum": ["b", 1, 2], "minimum": 1, "maximum": 4, "maxLength": 3},
            True,
        ]
    },
    "codes": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "pattern": "^[A-Z]+-[0-9]"}}},
    "looks around": {"type": "object", "required": ["a"], "properties": {"a": {"pattern": "^(?=.*[0-9])[a-z0-9]{8}$"}}},
    "names": {"type": "object", "propertyNames": {"enum": ["x", "y", "z"]}, "minProperties": 2, "required": ["z"]},
    "escaped": {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "object", "required": ["k"]}}},
    "ref into a list": {"$ref": "#/allOf/0/x", "allOf": [{"x": {"type": "string"}}]},
    "unevaluated": {"type": "object", "properties": {"a": {"type": "string"}}, "unevaluatedProperties": False},
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEMAS)
def test_answers_are_valid_and_ordinary(name: str) -> None:
    """By the schema with its formats, in I-JSON, small, and the text is the value."""
    schema = SCHEMAS[name]
    answers = Answers(name, schema, 3)
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    for number in range(1, 40):
        value, text = answers.make(number)
        assert validator.is_valid(value)
        assert answers.is_valid(value)
        assert is_ordinary(value)
        assert len(text) <= MOST_BYTES
        assert json.loads(text) == value
        assert (value, text) == Answers(name, schema, 3).make(number)


@pytest.mark.parametrize("name", ["app", "string", "short", "tree", "combined", "arrays", "numbers"])
def test_each_answer_has_its_token(name: str) -> None:
    """A string that is free, or an unknown setting, tells which call it was given to."""
    answers = Answers(name, SCHEMAS[name], 3)
    for number in (1, 2, 63, 64, 65, 127, 2**20, 2**32 - 1):
        value, _ = answers.make(number)
        assert [Token("s", number)] == find_tokens(3, value)


def test_answers_vary() -> None:
    """Empty maps, unknown settings, other scripts, escapes, and numbers written in many ways."""
    made = [Answers("app", APP, seed) for seed in (3, 4, 5)]
    texts = [each.make(number)[1].decode() for each in made for number in range(1, 65)]
    together = "".join(texts)
    assert 3 * 64 == len(set(texts))
    assert any('"features":{}' in text for text in texts)
    assert any(json.loads(text).keys() - APP["properties"].keys() for text in texts)
    assert not together.isascii()
    assert "\\u" in together
    for written in ("1e+03", "1.0", "null", "9007199254740991"):
        assert written in together, written


def test_an_open_answer_without_a_free_string_gets_an_unknown_setting() -> None:
    """Where no declared string takes a token, a setting that the schema does not name holds it."""
    schema = {"type": "object", "required": ["on"], "properties": {"on": {"const": True}}, "maxProperties": 2}
    for number in range(1, 20):
        assert [Token("s", number)] == find_tokens(3, Answers("open", schema, 3).make(number)[0])


def test_a_closed_answer_without_a_free_string_has_no_token() -> None:
    """It can't be marked, and is valid all the same."""
    value, _ = Answers("closed", {"enum": ["a", "b"]}, 3).make(1)
    assert value in {"a", "b"}


def test_a_schema_beyond_the_generator_is_left_to_schemathesis() -> None:
    """It does not aim at words that Python does not know; the answers are valid, and the same for the same seed."""
    schema = {
        "type": "object",
        "required": ["code"],
        "properties": {"code": {"type": "string", "pattern": r"^\p{L}{3}$"}},
    }
    answers = Answers("codes", schema, 3)
    made = [answers.make(number)[0] for number in range(1, 10)]
    assert all(answers.is_valid(value) for value in made)
    assert made == [Answers("codes", schema, 3).make(number)[0] for number in range(1, 10)]


def test_what_schemathesis_makes_does_not_go_by_what_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis aims at words of the modules that are loaded; with the same seed, values are the same all the same."""
    schema = {"type": "string", "pattern": r"^\p{L}{3}$"}
    before = draw(schema, 3, 400)
    loaded = tmp_path / "loaded_meanwhile.py"
    loaded.write_text('WORDS = ["b", "c", "d", "e", 17, 170, 1_700]\n', "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("loaded_meanwhile")
    assert before == draw(schema, 3, 400)


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"type": "string", "minLength": 20_000},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
        {"type": "object", "required": ["a"], "properties": {"a": False}},
    ],
)
def test_a_schema_that_no_answer_fits_is_the_contract_s_fault(schema: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the upstream and says what was sought."""
    monkeypatch.setattr(pool, "_TRIES", 3)
    answers = Answers("none", schema, 3)
    with pytest.raises(ContractError, match="No answer of the upstream `none`") as caught:
        answers.make(1)
    assert "I-JSON" in caught.value.expected


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "other.yaml#/a"},
        {"$ref": "#/$defs/missing"},
        {"$ref": "#/allOf/7", "allOf": [{}]},
        {"allOf": [False]},
        {"pattern": r"^\p{L}$"},
        {"type": "array", "minItems": 1, "items": {"$ref": "#"}},
    ],
)
def test_the_generator_says_what_it_can_t_aim_at(schema: Any) -> None:
    """References that lead nowhere, patterns, and values without an end."""
    from random import Random  # noqa: PLC0415 -- only here

    with pytest.raises(NoValueError):
        Maker(schema).make(Ordinary(Random(1)))  # noqa: S311 -- reproducible


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), number=st.integers(1, 2**32 - 1))
def test_any_seed_and_number_give_a_valid_answer(seed: int, number: int) -> None:
    """The promise holds for all of them."""
    answers = Answers("app", APP, seed)
    value, _ = answers.make(number)
    assert answers.is_valid(value)
    assert [Token("s", number)] == find_tokens(seed, value)


@pytest.mark.parametrize(
    ("value", "ordinary"),
    [
        ("\ud800", False), ("\x00", False), ("\ufdd0", False), ("\U0001ffff", False), ("\U0001f600\ufffd", True),
        (2**53, False), (-(2**53) + 1, True), (float("inf"), False), (1e300, True), (True, True), (None, True),
        (b"", False), ({"\ud800": 1}, False), ([[["x"]]], True),
    ],
)  # fmt: skip
def test_what_is_ordinary(value: Any, *, ordinary: bool) -> None:
    """I-JSON (RFC 7493), less NUL."""
    assert ordinary == is_ordinary(value)


def test_too_deep_is_not_ordinary() -> None:
    """32 levels and no more."""
    value: Any = 1
    for _ in range(32):
        value = [value]
    assert is_ordinary(value)
    assert not is_ordinary([value])
    assert not is_ordinary({"a": value})
