"""JSON files of the contract."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.documents import TextError, parse_json
from bothends.documents.yaml_text import line_at
from bothends.records.pointers import join

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@given(JSON, st.sampled_from([None, 2]))
def test_values_and_pointers_come_back(value: Any, indent: int | None) -> None:
    """Any JSON value is read as it is, and each of its pointers has a line."""
    actual, lines = parse_json(json.dumps(value, indent=indent))
    assert value == actual

    def check(here: Any, marks: Any) -> None:
        items = here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ()
        keys = [join(key)[1:] for key, _ in items]
        assert sorted(keys) == sorted(join(key)[1:] for key in marks.children)
        for key, item in here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ():
            check(item, marks.children[str(key)])

    check(value, lines.marks)


@given(JSON, st.sampled_from([None, 2]), st.text(max_size=3))
def test_one_line_is_found_without_the_others(value: Any, indent: int | None, stranger: str) -> None:
    """Each pointer has the line that it has among all lines; one that leads nowhere has that of what is nearest."""
    _, lines = parse_json(json.dumps({"all": value}, indent=indent))

    def check(here: Any, pointer: str) -> None:
        assert line_at(lines.marks, pointer) == lines.at(pointer)
        assert line_at(lines.marks, pointer + join(stranger)) == lines.at(pointer + join(stranger))
        for key, item in here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ():
            check(item, pointer + join(key))

    check({"all": value}, "")


def test_lines_are_those_of_the_keys() -> None:
    """A pointer has the line where its key stands."""
    _, lines = parse_json('{\n "a": [\n  1,\n  {"b": "x\\ny"}\n ],\n "c":\n  2\n}')
    expected = {"": 1, "/a": 2, "/a/0": 3, "/a/1": 4, "/a/1/b": 4, "/c": 6}
    assert expected == {pointer: lines.at(pointer) for pointer in expected}


@pytest.mark.parametrize(
    ("text", "line", "pointer", "problem"),
    [
        ("", None, "", "it is empty"),
        (" \n", None, "", "it is empty"),
        ('{\n"a": 1,\nb}', 3, "", "expecting property name enclosed in double quotes"),
        ('{"a": 1,\n"b": {"x": 1,\n"x": 2}}', 3, "/b/x", "duplicate key 'x'"),
        ("[NaN]", None, "", "'NaN' is not a JSON number"),
        ("[" * 200 + "]" * 200, 1, "/0" * 99, "it is more than 100 levels deep"),
        ("[" * 99999 + "]" * 99999, None, "", "it is more than 100 levels deep"),
        (f"[{'9' * 5000}]", None, "", "a number has more digits than bothends supports"),
    ],
)
def test_a_text_that_cannot_be_used_says_why_and_where(text: str, line: int | None, pointer: str, problem: str) -> None:
    """Each mistake is named, with its line and place where they are known."""
    with pytest.raises(TextError) as caught:
        parse_json(text)
    assert (problem, line, pointer) == (caught.value.problem, caught.value.line, caught.value.pointer)
