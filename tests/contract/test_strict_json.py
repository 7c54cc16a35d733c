"""JSON as RFC 8259 has it, and what a right parser may still refuse."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.documents import read_json_text

ORDINARY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False, min_value=-1e300, max_value=1e300)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n\t",
        b"{",
        b'{"a":1,}',
        b"[1,]",
        b"[1",
        b"{}{}",
        b"{} x",
        b"{'a': 1}",
        b"{a: 1}",
        b'{"a": 1} // comment',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"True",
        b"01",
        b"+1",
        b".5",
        b"1.",
        b"0x10",
        b'"\xff"',
        b'"\xc0\xaf"',
        b'"\xed\xa0\x80"',
        b'"a\nb"',
        b'"a\x00b"',
        b'"\\x41"',
        b'"\\u12"',
        b'"',
        b"\x0b1",
        b"\xc2\xa01",
        "[\uff11]".encode(),
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-16-le"),
        '{"a": 1}'.encode("utf-32"),
    ],
)
def test_what_is_no_json_is_malformed_without_doubt(body: bytes) -> None:
    """Whatever the grammar refuses, every parser must."""
    text = read_json_text(body)
    assert (False, frozenset()) == (text.well_formed, text.doubts)


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b" [1, -0, 1.5e3, 1E2, 0e999, 9007199254740992]\n",
        b'{"a":{"A":1}, "\\u0061b":2, "\\"":3}',
        b'"\\ud83d\\ude80 \\/ \\b\\f\\n\\r\\t\\\\"',
        '"Zürich 東京 🚀"'.encode(),
        ("[" * 32 + "]" * 32).encode(),
        b'"' + b"[" * 500 + b'"',
        b'{"a\\u0000b": "\\u0000"}',
        b'{"__proto__": {}, "constructor": {"prototype": {}}, "": 1}',
        b'"\x7f\xc2\x80"',
    ],
)
def test_what_every_parser_takes_is_right_without_doubt(body: bytes) -> None:
    """Ordinary JSON is well-formed, with the value that Python's parser gives."""
    text = read_json_text(body)
    assert (True, frozenset()) == (text.well_formed, text.doubts)
    assert json.loads(body) == text.value


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        (b'"\\ud800"', "half of a surrogate pair"),
        (b'{"\\udc00\\ud800": 1}', "half of a surrogate pair"),
        (b"1e999", "a number that a double does not hold"),
        (b"-1e999", "a number that a double does not hold"),
        (b"1e-999", "a number that a double does not hold"),
        (b"9007199254740993", "a number that a double does not hold"),
        (b"-9007199254740993", "a number that a double does not hold"),
        (b"0.1000000000000000055511151231257827", "a number that a double does not hold"),
        (b"9" * 5000, "a number that a double does not hold"),
        (b'{"a":1,"a":2}', "a duplicate key"),
        (b'{"a":1,"\\u0061":2}', "a duplicate key"),
        (b"[" * 33 + b"]" * 33, "deep nesting"),
        (b"[" * 100_000 + b"]" * 100_000, "deep nesting"),
        (b"[" * 100_000, "deep nesting"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "deep nesting"),
        (b"[" + b",".join(b'{"a%d":1}' % n for n in range(10_001)) + b"]", "many keys"),
    ],
)
def test_what_a_parser_may_refuse_is_right_with_a_doubt(body: bytes, doubt: str) -> None:
    """What the grammar admits, and implementations limit (RFC 8259 section 9), is doubtful."""
    text = read_json_text(body)
    assert text.well_formed
    assert {doubt} == text.doubts


def test_a_byte_order_mark_is_doubtful() -> None:
    """A parser may ignore a byte order mark, and need not (RFC 8259 section 8.1)."""
    text = read_json_text(b"\xef\xbb\xbf{}")
    assert (False, frozenset({"a byte order mark"})) == (text.well_formed, text.doubts)


@given(ORDINARY, st.booleans())
def test_ordinary_values_are_right_without_doubt(value: object, ascii_only: bool) -> None:  # noqa: FBT001 -- drawn
    """Any ordinary value, however it is escaped, is read without a doubt."""
    text = read_json_text(json.dumps(value, ensure_ascii=ascii_only).encode())
    assert (True, True, frozenset(), value) == (text.well_formed, text.readable, text.doubts, text.value)


@given(st.binary(max_size=80) | st.text('[]{}",:\\u0dE+-.19 ntf', max_size=40).map(str.encode))
def test_any_bytes_are_judged(body: bytes) -> None:
    """No bytes make the reader fail, and it admits what Python's strict parser admits, but for NaN and BOM."""
    text = read_json_text(body)
    try:
        value = json.loads(body.decode())
    except ValueError:
        assert not text.well_formed or text.doubts
        return
    if _finite(value):
        assert text.well_formed


def _finite(value: object) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(_finite(item) for item in items) and not (isinstance(value, float) and not math.isfinite(value))
