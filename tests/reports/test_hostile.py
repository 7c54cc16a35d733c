"""What a target says is made harmless before it is shown."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from bothends.reports import escape, escape_lines
from bothends.reports.sanitize import DEEPEST, LONGEST_TEXT, MOST_ITEMS, MOST_MARKS, bounded, escape_json

ANY_TEXT = st.text(st.characters(exclude_categories=()))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
)


@given(ANY_TEXT)
def test_nothing_is_left_that_a_terminal_acts_on(text: str) -> None:
    """Whatever the text, what is shown is printable: no escape sequence, no override, no line feed."""
    assert escape(text).isprintable()


@given(ANY_TEXT)
def test_a_json_text_holds_nothing_that_a_terminal_acts_on(text: str) -> None:
    """Controls, overrides and lone surrogates stand as escapes, and the text means the same."""
    written = escape_json(json.dumps([text], ensure_ascii=False))
    assert [text] == json.loads(written)
    assert [] == re.findall(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", written)


def test_escapes_show_what_was_there() -> None:
    """A person can see which character it was."""
    assert r"\x1b[2J \u202egnp.exe\n\u2028\udc80" == escape("\x1b[2J \u202egnp.exe\n\u2028\udc80")


def test_printable_text_stays_as_it_is() -> None:
    """Text in any script is shown as it is, with the marks that a language has, and emoji."""
    for text in ("Zürich, 東京, مرحبا", "ve\u0302\u0301t", "שָׁ֑לוֹם", "ที่นี่", "\u2764\ufe0f 👍🏽", "::1"[1:], "#[a]"):
        assert text == escape(text)


def test_what_piles_up_or_is_not_seen_is_an_escape() -> None:
    """Marks without end cover the lines around them, and what has no width hides another text."""
    assert "a" + "\u0301" * MOST_MARKS + r"\u0301\u0301b" == escape("a" + "\u0301" * (MOST_MARKS + 2) + "b")
    assert r"a\u3164\ufe00\U000e0100\u034f\u200bb" == escape("a\u3164\ufe00\U000e0100\u034f\u200bb")


def test_nothing_is_a_command_of_a_workflow() -> None:
    """GitHub's runner obeys `::` at the beginning of a line, behind spaces, and `##[` anywhere."""
    assert [r"\x3a:error::x", r"  \x3a:add-mask::x", "a ::error::x"] == escape_lines(
        "::error::x\n  ::add-mask::x\na ::error::x"
    )
    assert r"a #\x23[error]x ##\x23[a] #\x23vso[b]" == escape("a ##[error]x ###[a] ##vso[b]")


def test_a_long_text_is_cut_with_a_count() -> None:
    """What was left out is counted."""
    assert "aaa... (+999,997 characters)" == escape("a" * 1_000_000, 3)


def test_lines_are_parted_at_line_feeds_only() -> None:
    """Another separator is an escape in its line, so that no line can be forged."""
    assert ["one", r"two\x85\u2028\x0bstill two", ""] == escape_lines("one\r\ntwo\x85\u2028\x0bstill two\n\r\n")


@given(ANY_JSON)
def test_a_bounded_value_can_be_written_as_json(value: object) -> None:
    """No NaN, no infinity and no integer of thousands of digits is left."""
    assert json.dumps(bounded(value), allow_nan=False)


def test_depth_length_and_number_are_bounded() -> None:
    """Depth, items, members, strings and integers each have their limit, and what is cut is counted."""
    deep: object = "bottom"
    for _ in range(5000):
        deep = [deep]
    inner = bounded(deep)
    for _ in range(DEEPEST):
        (inner,) = inner
    assert "(deeper)" == inner
    assert "(+36 items)" == bounded([0] * 100)[MOST_ITEMS]
    assert {"...": "(+1 member)"}.items() <= bounded({str(n): n for n in range(MOST_ITEMS + 1)}).items()
    assert "x" * LONGEST_TEXT + "... (+1 character)" == bounded("x" * (LONGEST_TEXT + 1))
    assert "(an integer of 20,001 bits)" == bounded(1 << 20_000)
    assert "nan" == bounded(float("nan"))
