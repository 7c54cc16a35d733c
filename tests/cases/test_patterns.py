"""Texts for patterns: the simplest that match, the same each time."""

from __future__ import annotations

import re

import pytest

from bothends.cases.families.values import matching, sample_of


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
    assert text == matching(pattern, least, most)
    assert re.search(pattern, text)


@pytest.mark.parametrize("pattern", [r"\p{L}", "a{2,1}", "(?!)", "^[a-z]{3}$ "])
def test_what_python_can_t_read_or_nothing_matches(pattern: str) -> None:
    """Then no text is known, and whoever asks goes on without."""
    assert matching(pattern, 9, 9) is None


def test_a_sample_has_its_pattern() -> None:
    """In an object, too; where none is known it is a plain text, which the schema will refuse."""
    schema = {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string", "pattern": "^[0-9]{3}$"}}}
    assert {"sku": "000"} == sample_of(schema)
    assert "text" == sample_of({"type": "string", "pattern": r"\p{L}"})
