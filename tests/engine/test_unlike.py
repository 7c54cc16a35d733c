"""Ids that no object has are as like one that an object has as may be."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bothends.engine.play.unlike import tag_as_weak, unlike
from bothends.schemas import Schema


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("17", r"\d{10}"),
        ("p-17", r"p-\d{10}"),
        ("2f6c1b7a-6f1e-4c28-8b9d-0e5a7c4f2b61", r"2f6c1b7a-6f1e-4c28-8b9d-[0-9a-f]{12}"),
        ("9f86d081884c7d659a2feaa0c55ad015", r"9f86d081884c7d659a2f[0-9a-f]{12}"),
        ("cart_9f3kQ2xYab", r"cart_\d[a-z]\d[a-z][A-Z]\d[a-z][A-Z][a-z]{2}"),
        ("V1StGXR8_Z5jdHi6B", r"V1StGXR8_[A-Z]\d[a-z]{2}[A-Z][a-z]\d[A-Z]"),
    ],
)
def test_a_text_keeps_its_form(value: str, pattern: str) -> None:
    """A number at the end is a large one, and letters and digits are others of their kind; what is before stays."""
    found = unlike(value, None, "seed")
    assert found != value
    assert re.fullmatch(pattern, found), found


def test_a_number_is_a_large_one() -> None:
    """It has 32 bits with its sign."""
    found = unlike(17, None, "seed")
    assert isinstance(found, int)
    assert 1_900_000_000 <= found < 1 << 31


@pytest.mark.parametrize(
    ("value", "schema"),
    [("NL", None), (True, None), (1.5, None), (17, {"maximum": 99}), ("17", {"type": "string", "maxLength": 3})],
)
def test_where_none_is_certain_there_is_none(value: Any, schema: Any) -> None:
    """Of two letters, another object may have the others; a schema may have no room."""
    assert unlike(value, None if schema is None else Schema(schema), "seed") is None


@pytest.mark.parametrize(
    ("value", "schema", "form"),
    [
        ("lamp", {"pattern": "^[a-z]{1,20}$"}, "[a-z]{12}"),
        ("lamp", {"$ref": "#/$defs/Sku", "$defs": {"Sku": {"pattern": "^[a-z]{1,20}$"}}}, "[a-z]{12}"),
        ("lamp", {"pattern": "^[a-z]{4}$"}, None),
        ("a-b", {"pattern": "^[a-z-]+$"}, None),
        ("", {"pattern": "^[a-z]*$"}, None),
    ],
)
def test_a_short_word_is_made_longer_where_a_pattern_takes_it(value: str, schema: Any, form: str | None) -> None:
    """The pattern says what is an id, and of twelve letters no other object has the same."""
    found = unlike(value, Schema(schema), "seed")
    assert (form is None) is (found is None)
    assert found is None or re.fullmatch(form or "", found), found


def test_the_same_seed_gives_the_same() -> None:
    """A request may be made twice, and is one."""
    assert unlike("p-17", None, "a") == unlike("p-17", None, "a") != unlike("p-17", None, "b")


@pytest.mark.parametrize(("tag", "weak"), [('"1"', 'W/"1"'), ('W/"1"', None), ("1", None), (1, None)])
def test_a_tag_as_a_weak_one(tag: Any, weak: str | None) -> None:
    """What is weak, or no tag, has no other form."""
    assert weak == tag_as_weak(tag)
