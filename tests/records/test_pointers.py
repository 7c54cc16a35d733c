"""JSON pointers (RFC 6901)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.records.pointers import MISSING, Missing, join, lookup, resolve, split

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(st.text()))
def test_keys_come_back_from_a_pointer(keys: list[str]) -> None:
    """What is joined into a pointer is what splitting it gives, whatever is in the keys."""
    assert keys == split(join(*keys))


@given(JSON, st.data())
def test_every_value_is_found_at_its_pointer(value: Any, data: st.DataObject) -> None:
    """Walking into a value step by step and looking it up by pointer come to the same thing."""
    here, pointer = value, ""
    while isinstance(here, (dict, list)) and here and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        here, pointer = here[key], pointer + join(key)
    assert here is lookup(value, pointer)
    assert here is resolve(value, pointer)


def test_the_examples_of_the_rfc() -> None:
    """The pointers of RFC 6901 section 5 find what the RFC says."""
    document = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, " ": 7, 'k"l': 6}
    assert document is lookup(document, "")
    assert lookup(document, "/foo") == ["bar", "baz"]
    assert lookup(document, "/foo/0") == "bar"
    found = [lookup(document, pointer) for pointer in ("/", "/a~1b", "/c%d", "/m~0n", "/ ", '/k"l')]
    assert [0, 1, 2, 8, 7, 6] == found


@pytest.mark.parametrize(
    "pointer",
    [
        *("/a/b/c", "/b", "/list/2", "/list/01", "/list/00", "/list/-1", "/list/-", "/list/1.0", "/list/٣", "/list/"),
        *("/list/99999999999", "/list/" + "9" * 5000, "/list/0/x", "/n/x"),
    ],
)
def test_a_pointer_that_leads_nowhere_says_how_far_it_led(pointer: str) -> None:
    """The error names the last place that is there, and the key that is missing in it; resolving finds MISSING."""
    document: dict[str, Any] = {"a": {"b": {}}, "list": [1, 2], "n": None}
    with pytest.raises(Missing) as caught:
        lookup(document, pointer)
    assert pointer == caught.value.found + join(caught.value.key)
    assert MISSING is resolve(document, pointer)


def test_null_is_found_and_missing_says_its_name() -> None:
    """Null is a value; MISSING shows up by name where it is printed."""
    assert resolve({"a": None}, "/a") is None
    assert repr(MISSING) == "MISSING"


def test_a_pointer_begins_with_a_slash() -> None:
    """Text that is no pointer is refused."""
    with pytest.raises(ValueError, match="begins with '/'"):
        split("a/b")
