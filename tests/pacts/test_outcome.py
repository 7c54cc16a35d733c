"""What the library found becomes records, in an order that does not change."""

from __future__ import annotations

import random
from typing import Any

from bothends.pacts.matching import Mismatch, PactNotProven, format_value, translate

FOUND: list[dict[str, Any]] = [
    {"type": "MethodMismatch", "expected": "POST", "actual": "GET", "mismatch": "m"},
    {"type": "PathMismatch", "expected": "/a", "actual": "/b", "mismatch": "p"},
    {"type": "QueryMismatch", "parameter": "q", "expected": "1", "actual": "", "mismatch": "q"},
    {"type": "StatusMismatch", "expected": 200, "actual": 500, "mismatch": "s"},
    {"type": "HeaderMismatch", "key": "X", "expected": "1", "actual": "2", "mismatch": "h"},
    {"type": "MetadataMismatch", "key": "topic", "expected": "1", "actual": "2", "mismatch": "d"},
    {"type": "BodyTypeMismatch", "expected": "a/b", "actual": "c/d", "mismatch": "t"},
    {"type": "BodyMismatch", "path": "$.a", "expected": None, "actual": [1], "mismatch": "b"},
    {"type": "NewMismatch", "expected": {"é": 1}, "actual": True, "mismatch": "n"},
]
SEEN = [
    Mismatch("method", "method", "POST", "GET", "m"),
    Mismatch("path", "path", "/a", "/b", "p"),
    Mismatch("query", "query q", "1", "nothing", "q"),
    Mismatch("status", "status", "200", "500", "s"),
    Mismatch("header", "header X", "1", "2", "h"),
    Mismatch("metadata", "metadata topic", "1", "2", "d"),
    Mismatch("body-type", "body", "a/b", "c/d", "t"),
    Mismatch("body", "$.a", "nothing", "[1]", "b"),
    Mismatch("NewMismatch", "", '{"é": 1}', "true", "n"),
]


def test_each_kind_has_its_words_and_its_place() -> None:
    """In whatever order the library gives them, a person reads them in one; a kind that is not known comes last."""
    shuffled = random.Random(7).sample(FOUND, len(FOUND))  # noqa: S311 -- a shuffle, and the same each time
    assert SEEN == translate(shuffled)


def test_what_is_shown_of_a_value() -> None:
    """Texts stand as they are; none, and an empty one, are told as nothing."""
    assert ["nothing", "nothing", "x", "0", "false"] == [format_value(value) for value in (None, "", "x", 0, False)]


def test_not_proven_is_no_pass_and_no_failure() -> None:
    """It has the exit code of what was not shown."""
    assert 4 == PactNotProven("nothing was asked").exit_code
