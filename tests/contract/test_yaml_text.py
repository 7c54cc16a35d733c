"""YAML as OpenAPI 3.1 asks for it: YAML 1.2 with JSON's values."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bothends.documents import TextError, parse_yaml
from bothends.records.pointers import join

NUMBER_SINCE_1_2 = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+|0o[0-7]+")
"""A text in YAML 1.1, so that PyYAML writes it without quotes, and a number in YAML 1.2 (section 10.3.2): `0E0`."""

PRINTABLE = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff")
).filter(lambda text: NUMBER_SINCE_1_2.fullmatch(text) is None)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PRINTABLE,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(PRINTABLE.filter(lambda key: key != "<<"), inner, max_size=4)
    ),
    max_leaves=15,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("200: a", {"200": "a"}),
        ("no: a\non: b\nyes: c", {"no": "a", "on": "b", "yes": "c"}),
        ("null: a\n1.0: b\ntrue: c\n~: d", {"null": "a", "1.0": "b", "true": "c", "~": "d"}),
        ("[no, on, yes, off, y, n]", ["no", "on", "yes", "off", "y", "n"]),
        ("[true, True, FALSE]", [True, True, False]),
        ("[null, ~, Null]", [None, None, None]),
        ("a:", {"a": None}),
        ("[0777, 0o17, 0x1F, 1_000, +5, -0]", [777, 15, 31, "1_000", 5, 0]),
        ("[12:30:00, 2024-01-01, 2024-01-01T00:00:00Z]", ["12:30:00", "2024-01-01", "2024-01-01T00:00:00Z"]),
        ("[1.0, 1e3, .5, 5., 1.2.3, 0b1]", [1.0, 1000.0, 0.5, 5.0, "1.2.3", "0b1"]),
        ("['200', \"true\", !!str 5, !!int '7', !!float 3, !!null '', ! 9]", ["200", "true", "5", 7, 3.0, None, "9"]),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: &x [1]\nc: !!seq [*x]", {"a": [1], "c": [[1]]}),
        ("&k key: 1\nother: *k", {"key": 1, "other": "key"}),
        ("a: &k key\n*k : 2", {"a": "key", "key": 2}),
        ("base: &b {x: 1, y: 2}\nc: {<<: *b, y: 3}", {"base": {"x": 1, "y": 2}, "c": {"x": 1, "y": 3}}),
        ("base: &b {x: 1}\nc: {x: 0, <<: *b}", {"base": {"x": 1}, "c": {"x": 0}}),
        (
            "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}",
            {"a": {"x": 1}, "b": {"x": 2, "y": 2}, "c": {"x": 1, "y": 2}},
        ),
        ("plain", "plain"),
        ("|\n a\n b", "a\nb"),
        ("'': 1", {"": 1}),
    ],
)
def test_what_is_written_is_what_is_read(text: str, expected: Any) -> None:
    """YAML 1.2 scalars, keys as text, anchors, aliases and merge keys are read as they are meant."""
    actual, _ = parse_yaml(text)
    assert (expected, json.dumps(expected)) == (actual, json.dumps(actual))


@pytest.mark.parametrize(
    ("text", "line", "pointer", "problem"),
    [
        ("a: 1\nb: 2\na: 3", 3, "/a", "duplicate key 'a'"),
        ("x:\n  '200': 1\n  200: 2", 3, "/x/200", "duplicate key '200'"),
        ("a: &x\n  b: *x", 2, "/a/b", "the alias *x is inside its own anchor"),
        ("a: *x", 1, "/a", "the alias *x has no anchor before it"),
        ("? [a]\n: b", 1, "", "a key is a mapping or a list; a string is expected"),
        ("? {a: b}\n: b", 1, "", "a key is a mapping or a list; a string is expected"),
        ("a: &x [1]\n*x : b", 2, "", "the alias *x is used as a key but is not a string"),
        ("a:\n  <<: 5", 2, "/a/<<", "the value of '<<' is not a mapping"),
        ("a: .inf", 1, "/a", "'.inf' is not a JSON number"),
        ("- 1\n- .NaN", 2, "/1", "'.NaN' is not a JSON number"),
        ("a: 1e999", 1, "/a", "the number 1e999 is too large"),
        (f"a: {'9' * 5000}", 1, "/a", "a number has more digits than bothends supports"),
        ("a: !thing 5", 1, "/a", "'5' does not fit the tag !thing, or the tag has no JSON equivalent"),
        ("a: !!int x", 1, "/a", "'x' does not fit the tag tag:yaml.org,2002:int, or the tag has no JSON equivalent"),
        ("a: !!set {x}", 1, "/a", "the tag tag:yaml.org,2002:set has no JSON equivalent"),
        ("a: 1\n---\nb: 2", 2, "", "a second document starts here; one is allowed"),
        ("a:\n " + "[" * 200 + "]" * 200, 2, "/a" + "/0" * 99, "it is more than 100 levels deep"),
        ("a: [1", 2, "", "did not find expected ',' or ']' (while parsing a flow sequence)"),
        ("a: 1\n\tb: 2", 2, "", "found a tab character that violates indentation (while scanning a plain scalar)"),
        ("a: \x01", 1, "", "it contains a character that YAML does not allow (control characters are not allowed)"),
        ("", None, "", "it is empty"),
        ("# only a comment\n", None, "", "it is empty"),
    ],
)
def test_a_text_that_cannot_be_used_says_why_and_where(text: str, line: int | None, pointer: str, problem: str) -> None:
    """Each mistake is named with its line and its place."""
    with pytest.raises(TextError) as caught:
        parse_yaml(text)
    assert (problem, line, pointer) == (caught.value.problem, caught.value.line, caught.value.pointer)


def test_aliases_of_aliases_are_bounded() -> None:
    """A small text that stands for a billion values is refused at once."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(TextError, match="aliases expand to more than 1,000,000"):
        parse_yaml("\n".join(lines))


def test_lines_are_those_of_the_keys() -> None:
    """A pointer has the line where its key stands; one that leads nowhere, that of the nearest thing."""
    text = "a:\n  b:\n    - 1\n    - c: 2\nd: &d\n  e: 1\nf: *d\ng:\n  <<: *d\n"
    _, lines = parse_yaml(text)
    expected = {
        "": 1,
        "/a": 1,
        "/a/b": 2,
        "/a/b/0": 3,
        "/a/b/1/c": 4,
        "/d/e": 6,
        "/f": 7,
        "/f/e": 6,
        "/g/e": 6,
        "/a/x/y": 1,
    }
    assert expected == {pointer: lines.at(pointer) for pointer in expected}


@pytest.mark.parametrize(("text", "expected"), [("0E0", 0.0), ("1.5e3", 1500.0), ("0o17", 15)])
def test_numbers_of_yaml_1_2_are_numbers(text: str, expected: float) -> None:
    """PyYAML writes such a text without quotes, as YAML 1.1 has no such number; read by YAML 1.2, it is one."""
    assert f"{text}\n...\n" == yaml.safe_dump(text)
    assert (expected, type(expected)) == (parse_yaml(text)[0], type(parse_yaml(text)[0]))


@settings(deadline=None)
@given(JSON)
def test_what_pyyaml_writes_is_read_back(value: Any) -> None:
    """Any JSON value, written by PyYAML (which quotes for YAML 1.1), is read as the same value."""
    actual, lines = parse_yaml(yaml.safe_dump(value, allow_unicode=True))
    assert value == actual
    assert _pointers(value) == _pointers_of_marks(lines.marks)


@settings(deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="a:-*&!{}[],'\"#|>\n <\t?0.", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the reader fail in another way than by saying what is wrong with the text."""
    try:
        value, _ = parse_yaml(text)
    except TextError:
        return
    assert value == json.loads(json.dumps(value))


def _pointers(value: Any, here: str = "") -> set[str]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {here}.union(*(_pointers(item, here + join(key)) for key, item in items))


def _pointers_of_marks(mark: Any, here: str = "") -> set[str]:
    return {here}.union(*(_pointers_of_marks(child, here + join(key)) for key, child in mark.children.items()))
