"""Mismatches are told place by place: rules in words, keys by their difference, repetitions once."""

from __future__ import annotations

import pytest

from bothends.engine.pacts.breaches import Difference, differences, lines
from bothends.pacts import Mismatch


def body(where: str, expected: str, actual: str, text: str) -> Mismatch:
    """Return a mismatch of a body."""
    return Mismatch("body", where, expected, actual, text)


@pytest.mark.parametrize(
    ("mismatch", "promised"),
    [
        (body("$.n", "1", '"x"', "Expected 'x' (String) to be an integer"), "1 (to be an integer)"),
        (
            body("$.e", '"a"', '"c"', "Expected 'c' to match '^(a|b)$'"),
            "\"a\" (to match '^(a|b)$')",
        ),
        (
            body(
                "$.o", '{"k":1}', "[1]", 'Type mismatch: Expected [1] (Array) to be the same type as {"k":1} (Object)'
            ),
            '{"k":1} (of the type Object)',
        ),
        (body("$.s", '"true"', "true", "Expected true (Boolean) to be equal to 'true' (String)"), '"true"'),
        (body("$.a", "[1]", "[]", "Expected [] (size 0) to have minimum size of 1"), "[1] (to have minimum size of 1)"),
        (body("$.z", '"a"', '"b"', f"Expected 'b' to match '{'x' * 300}'"), '"a"'),
        (Mismatch("status", "status", "200", "500", "expected 200 but was 500"), "200"),
        (
            body("$.r", '"a"', '"a"', "'([' is not a valid regular expression"),
            "\"a\" ('([' is not a valid regular expression)",
        ),
        (
            Mismatch("header", "header A", "x", "y", "Expected header 'A' to have value 'x' but was 'y'"),
            "x",
        ),
    ],
)
def test_the_rule_is_told_where_the_example_does_not_say_it(mismatch: Mismatch, promised: str) -> None:
    """An example alone would be taken for what must be there."""
    assert [Difference(mismatch.where, promised, mismatch.actual)] == differences([mismatch])


def test_the_alternatives_of_a_rule_are_one_difference() -> None:
    """The library tells one mismatch for each."""
    texts = ("Expected 5 (Integer) to be a null value", "Expected 5 (Integer) to be the same type as 'A' (String)")
    found = differences([body("$.u", '"A"', "5", text) for text in texts])
    assert [Difference("$.u", '"A" (to be a null value, or of the type String)', "5")] == found


@pytest.mark.parametrize(
    ("expected", "actual", "difference"),
    [
        ('["a","b"]', '["a"]', Difference("$", "the key b", "missing")),
        ('["a","b","c"]', '["a"]', Difference("$", "the keys b, c", "missing")),
        ('["a","b"]', '["a","c"]', Difference("$", "the key b", "missing (other keys: c)")),
        ('["a"]', '["a","c"]', Difference("$", "no key c", "present")),
    ],
)
def test_keys_are_told_by_their_difference(expected: str, actual: str, difference: Difference) -> None:
    """Nobody has to compare two lists."""
    text = f"Expected a Map with keys {expected} but received one with keys {actual}"
    assert [difference] == differences([body("$", expected, actual, text)])


def test_a_media_type_is_told_once() -> None:
    """Where the header says it, the body's type is no second difference."""
    header = Mismatch("header", "header Content-Type", "a/b", "c/d", "Mismatch")
    of_body = Mismatch("body-type", "body", "a/b", "c/d", "Expected a body of 'a/b'")
    assert ["header Content-Type"] == [found.where for found in differences([header, of_body])]
    assert ["body"] == [found.where for found in differences([of_body])]


def test_both_sides_have_a_line_for_each_place() -> None:
    """They stay side by side whatever the values hold."""
    found = [Difference("$.a", "one\ntwo", "three"), Difference("", "an event", "nothing")]
    assert ("$.a: one\\ntwo\nan event", "$.a: three\nnothing") == lines(found)
