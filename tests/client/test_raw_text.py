"""Requests as raw text: what is filled in, and that nothing else changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bothends.client import callers
from bothends.client.connector import Address
from bothends.client.message import fill
from bothends.records import Credential

HERE = Address(secure=False, host="127.0.0.1", port=3000, prefix="/base")
MARKS = (b"@PREFIX@", b"@HOST@", b"@COOKIE@", b"@COOKIE2@", b"@REST@")


def cookies(*pairs: tuple[str, str]) -> Credential:
    """Return the credential of a caller who shows cookies."""
    return Credential(cookies=pairs)


def test_each_mark_is_filled_in() -> None:
    """The base URL's path, the host, each caller's cookies as a whole line, and the length of what follows the head."""
    raw = b"POST @PREFIX@/x HTTP/1.1\r\nHost: @HOST@\r\n@COOKIE@Content-Length: @REST@\r\n\r\n1234@COOKIE2@"
    filled = fill(raw, HERE, [cookies(("a", "1"), ("b", "2")), cookies(("a", "3"))])
    head = b"POST /base/x HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nCookie: a=1; b=2\r\nContent-Length: 17\r\n\r\n"
    assert head + b"1234Cookie: a=3\r\n" == filled


def test_without_cookies_there_is_no_line() -> None:
    """Who has no session sends no `Cookie` header, and a caller who is not there leaves its mark."""
    assert b"GET / HTTP/1.1\r\n\r\n" == fill(b"GET / HTTP/1.1\r\n@COOKIE@\r\n", HERE, [Credential()])
    assert b"@COOKIE2@" == fill(b"@COOKIE2@", HERE, [cookies(("a", "1"))])


def test_a_cookie_beyond_latin_1_does_no_harm() -> None:
    """What no header can hold becomes a question mark."""
    assert b"Cookie: a=?\r\n" == fill(b"@COOKIE@", HERE, [cookies(("a", "\u20ac"))])


def test_callers_are_counted_by_their_marks() -> None:
    """There is always one, who may have no session to show."""
    assert [1, 1, 2, 2] == [callers(raw) for raw in (b"", b"@COOKIE@", b"@COOKIE@@COOKIE2@", b"@COOKIE2@")]


def test_other_credentials_stand_where_the_cookie_would() -> None:
    """A header is a line of its own, and a query parameter joins the target of the request that is the caller's."""
    parts = ((b"/1?a=1", b"@COOKIE@"), (b"/2", b"@COOKIE2@"), (b"/3", b""))
    raw = b"".join(b"GET @PREFIX@%b HTTP/1.1\r\n%b\r\n" % part for part in parts)
    first = Credential(headers=(("X-Key", "k"),), query=(("key", "a b"),))
    filled = fill(raw, HERE, [first, Credential(query=(("key", "2"),))])
    one = b"GET /base/1?a=1&key=a%20b HTTP/1.1\r\nX-Key: k\r\n\r\n"
    assert one + b"GET /base/2?key=2 HTTP/1.1\r\n\r\nGET /base/3 HTTP/1.1\r\n\r\n" == filled


@given(st.binary())
def test_what_is_no_mark_stays_as_it_is(raw: bytes) -> None:
    """Whatever the bytes are."""
    if not any(mark in raw for mark in MARKS):
        assert raw == fill(raw, HERE, [cookies(("a", "1")), cookies(("a", "2"))])
