"""Media types (RFC 9110)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.contract.messages import accept_of, best_match, is_json, parse_media_type
from bothends.contract.messages.media_types import MediaType


@pytest.mark.parametrize(
    ("header", "essence", "charset", "well_formed"),
    [
        ("application/json", "application/json", None, True),
        ("APPLICATION/JSON ; q=1", "application/json", None, True),
        ("application/json;charset=utf-8", "application/json", "utf-8", True),
        ('application/json; Charset="UTF-16"; x=y', "application/json", "utf-16", True),
        ("application/json;", "application/json", None, True),
        ('text/plain; x="a;b\\"c"; charset=latin1', "text/plain", "latin1", True),
        ("application/json; charset", "application/json", None, False),
        ("application/json; charset=a b", "application/json", "a", False),
        ("application/json; charset=a; charset=b", "application/json", "b", False),
        ("json", "json", None, False),
        ("", "", None, False),
        ("a/b/c", "a/b/c", None, False),
        ("application/json, text/plain", "application/json, text/plain", None, False),
    ],
)
def test_what_a_header_says(header: str, essence: str, charset: str | None, well_formed: bool) -> None:  # noqa: FBT001 -- a column of the table
    """Type, charset and form are read as RFC 9110 has them."""
    assert MediaType(essence, charset, well_formed) == parse_media_type(header)


@given(st.text())
def test_any_header_is_read(header: str) -> None:
    """No header makes the reader fail."""
    assert isinstance(parse_media_type(header), MediaType)


@pytest.mark.parametrize(
    ("essence", "expected"),
    [
        ("application/json", "application/json; v=1"),
        ("application/xml", "application/*"),
        ("text/plain", "*/*"),
    ],
)
def test_the_most_specific_declared_type_matches(essence: str, expected: str) -> None:
    """A type matches itself before the range of its kind, and that before `*/*`."""
    assert expected == best_match(essence, ["*/*", "application/*", "application/json; v=1"])


def test_nothing_matches_what_is_not_declared() -> None:
    """A type that only begins like a declared one is another one."""
    assert best_match("application/jsonp", ["application/json"]) is None


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/json", True),
        ("Application/Problem+JSON; a=b", True),
        ("application/jsonp", False),
        ("text/plain", False),
    ],
)
def test_what_is_json(media_type: str, expected: bool) -> None:  # noqa: FBT001 -- a column of the table
    """JSON has its own media type, and the suffix."""
    assert expected == is_json(media_type)


@pytest.mark.parametrize(
    ("declared", "accept"),
    [
        ([], ""),
        (["application/json"], ""),
        (["text/csv"], ""),
        (["application/vnd.notes.v2+json"], "application/vnd.notes.v2+json, */*;q=0.1"),
        (["application/json; version=2"], "application/json; version=2, */*;q=0.1"),
        (["application/json; charset=utf-8"], ""),
        (["application/vnd.notes.v2+json", "application/json"], ""),
        (["application/vnd.b+json", "application/vnd.a"], "application/vnd.b+json, application/vnd.a, */*;q=0.1"),
        (["application/*"], ""),
        (["application/vnd.notes v2"], ""),
    ],
)
def test_what_a_vendor_has_alone_is_asked_for(declared: list[str], accept: str) -> None:
    """`Accept` names media types where a server may want each of them to be chosen by its name."""
    assert accept == accept_of(declared)
