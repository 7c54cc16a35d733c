"""JSON text: what is read is what was written, and nothing else is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.json_text import NotJsonError, dumps, loads

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@given(VALUES)
def test_round_trip(value: Any) -> None:
    """Each value comes back as it was, integers and reals told apart, from either way to write its text."""
    for raw in (dumps(value), json.dumps(value).encode()):
        assert repr(value) == repr(loads(raw))


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """Bytes are JSON, or refused as such."""
    try:
        assert loads(dumps(loads(raw))) == loads(raw)
    except NotJsonError:
        return


@pytest.mark.parametrize("depth", [900, 2000, 100_000])
@pytest.mark.parametrize("pair", [b"[]", b'{"a":}'])
def test_depth(depth: int, pair: bytes) -> None:
    """However deep a text is, it is read or refused."""
    raw = pair[:-1] * depth + b"1" + pair[-1:] * depth
    try:
        loads(raw)
    except NotJsonError:
        assert depth > 100


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"\udc00": 1}])
def test_what_is_no_json_value_is_not_written(value: Any) -> None:
    """Nothing is written that a reader would have to refuse."""
    with pytest.raises(ValueError, match=r"."):
        dumps(value)
