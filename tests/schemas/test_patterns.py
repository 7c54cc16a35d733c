"""Texts for patterns: the simplest that match, the same each time."""

from __future__ import annotations

import re
from random import Random

import pytest

from bothends.schemas import matches, plainest, sample_of, several, text_for


@pytest.mark.parametrize(
    ("pattern", "least", "most", "text"),
    [
        ("^[a-z]{3,10}$", 0, None, "text"),
        ("^[a-z]{6,10}$", 6, 8, "textxx"),
        ("^[0-9a-f]{4}-[0-9a-f]{2}$", 0, None, "0000-00"),
        (r"^[A-Z]{2}\d{3}$", 5, 5, "AA000"),
        ("^$", 0, None, ""),
    ],
)
def test_a_text_that_matches(pattern: str, least: int, most: int | None, text: str) -> None:
    """What is plain is taken where it matches; else the simplest there is."""
    assert text == plainest(pattern, least, most)
    assert re.search(pattern, text)


@pytest.mark.parametrize("pattern", [r"\p{L}", "a{2,1}", "(?!)", "^[a-z]{3}$ "])
def test_what_python_can_t_read_or_nothing_matches(pattern: str) -> None:
    """Then no text is known, and whoever asks goes on without."""
    assert plainest(pattern, 9, 9) is None


def test_a_sample_has_its_pattern() -> None:
    """In an object, too; where none is known it is a plain text, which the schema will refuse."""
    schema = {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string", "pattern": "^[0-9]{3}$"}}}
    assert {"sku": "000"} == sample_of(schema)
    assert "text" == sample_of({"type": "string", "pattern": r"\p{L}"})


@pytest.mark.parametrize(
    "pattern",
    [
        "^ord_[0-9a-f]{20}$",
        "[^a-z]+",
        r"^\d{3}-\w+$",
        "^(?=.*[0-9])(?!0)[a-z0-9]{8}$",
        r"\bnow\b",
        "^(a|b)+c?$",
        "^[ -~]{1,5}$",
        "x",
    ],
)
def test_a_text_for_a_pattern(pattern: str) -> None:
    """It is found in each of them."""
    for seed in range(30):
        text = text_for(pattern, Random(seed))  # noqa: S311 -- reproducible
        assert text is not None
        assert re.search(pattern, text), text


@pytest.mark.parametrize(
    ("pattern", "least"),
    [("^[a-z]{2,8}-[0-9]+$", 4), ("b|c", 6), (r"(\d{2})-\1", 3), ("^(?=.*[0-9])[a-z0-9]{8}$", 3)],
)
def test_several_texts_of_a_pattern(pattern: str, least: int) -> None:
    """They match, short ones stand first; of what is not anchored, some have more around it."""
    found = several(pattern)
    assert least <= len(found)
    assert list(found) == sorted(dict.fromkeys(found), key=len)
    assert all(matches(pattern, text) for text in found)
    assert pattern.startswith("^") or any(not re.fullmatch(pattern, text) for text in found)
