"""YAML that is written line by line: what is read back is what was written, whatever a service has said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.documents import parse_yaml
from bothends.scaffold.yaml_lines import block, comment, flow, scalar

TEXT = st.text(max_size=12)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
VALUES: Any = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)


@given(st.dictionaries(TEXT, VALUES, max_size=4), TEXT)
def test_what_is_written_is_read_back(value: dict[str, Any], note: str) -> None:
    """Keys and texts of any kind come back, and comments change nothing."""
    notes = {f"/{key.replace('~', '~0').replace('/', '~1')}": f"a note {note}" for key in value}
    lines = block({"all": value}, "", {f"/all{at}": text for at, text in notes.items()})
    assert {"all": value} == parse_yaml("\n".join(lines) + "\n")[0]


@given(VALUES)
def test_a_value_in_one_line_is_read_back(value: Any) -> None:
    """It is one line, too."""
    assert "\n" not in flow(value)
    assert {"value": value} == parse_yaml(f"value: {flow(value)}\n")[0]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("malformed-body", "malformed-body"),
        ("request.body#/item", "request.body#/item"),
        ("application/json", "application/json"),
        ("yes", '"yes"'),
        ("400", '"400"'),
        ("", '""'),
        ("a: b", '"a: b"'),
        ("{$request.body#/url}", '"{$request.body#/url}"'),
        ("line\nbreak\u0085", '"line\\nbreak\\x85"'),
    ],
)
def test_text_is_plain_where_every_reader_takes_it_for_text(text: str, written: str) -> None:
    """All else is quoted."""
    assert written == scalar(text)


def test_a_comment_can_not_be_ended() -> None:
    """Line breaks of any kind, and what moves a cursor, are written as their escapes."""
    lines = comment("always \u2028x-when: true\u0085- a\n\x1b[2J", "  ")
    assert all(line.startswith("  # ") and line.isprintable() for line in lines)
