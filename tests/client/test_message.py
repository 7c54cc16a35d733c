"""What a request is as bytes."""

from __future__ import annotations

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.client.connector import parse_base_url
from bothends.client.message import compose
from bothends.errors import HarnessError
from bothends.records import Request

ADDRESS = parse_base_url("http://127.0.0.1:3000")
WORDS = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=8).map(lambda word: f"x-{word}")
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)


class Parsed:
    """A request as the parser of Node and Sanic reads it."""

    def __init__(self, data: bytes) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.complete = 0
        self.parser = httptools.HttpRequestParser(self)
        self.parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self.body += body

    def on_message_complete(self) -> None:
        """Count the messages."""
        self.complete += 1


def test_the_bytes_of_the_usual_request() -> None:
    """Host, User-Agent, Accept, Cookie and Content-Length are added, and nothing else."""
    request = Request("POST", "/api/route?a=1", (("Content-Type", "application/json"),), b'{"data": "data"}')
    sent, payload = compose(request, ADDRESS, [("session", "abc"), ("other", "d")])
    assert payload == (
        b"POST /api/route?a=1 HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nUser-Agent: bothends\r\nAccept: */*\r\n"
        b"Content-Type: application/json\r\nCookie: session=abc; other=d\r\nContent-Length: 16\r\n\r\n"
        b'{"data": "data"}'
    )
    assert payload.count(b"\r\n") == len(sent.headers) + 2
    assert sent.header("cookie") == "session=abc; other=d"


def test_no_body_has_no_framing() -> None:
    """None is no body, which is not the same as an empty one."""
    assert compose(Request("GET", "/"), ADDRESS)[1].endswith(b"Accept: */*\r\n\r\n")
    assert compose(Request("POST", "/", body=b""), ADDRESS)[1].endswith(b"Content-Length: 0\r\n\r\n")
    assert compose(Request("POST", "/", body=b"", framing="chunked"), ADDRESS)[1].endswith(
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )


def test_the_requests_own_headers_win() -> None:
    """A case can have its own Host, Accept, User-Agent and framing, even false ones."""
    own = (("HOST", "h"), ("accept", "a"), ("User-agent", "u"), ("content-length", "99"))
    sent, payload = compose(Request("POST", "/", own, b"ab"), ADDRESS)
    assert own == sent.headers
    assert payload.endswith(b"\r\n\r\nab")


def test_cookies_join_the_requests_own() -> None:
    """There is one Cookie header, the request's own pairs first."""
    request = Request("GET", "/", (("cookie", "mine=1"), ("X-After", "y")))
    assert [value for name, value in compose(request, ADDRESS, [("s", "2")])[0].headers if name == "Cookie"] == [
        "mine=1; s=2"
    ]
    assert request.headers == compose(request, ADDRESS)[0].headers[3:]


def test_the_base_urls_path_stands_before_the_target() -> None:
    """A target behind a prefix gets it in each request."""
    assert compose(Request("GET", "/x"), parse_base_url("http://a/base/"))[0].target == "/base/x"


def test_text_beyond_latin_1() -> None:
    """A value goes out as Latin-1 where it fits, else as UTF-8; the target always as UTF-8."""
    payload = compose(Request("GET", "/é", (("A", "é"), ("B", "é€"), ("C", "\udcff"))), ADDRESS)[1]
    assert b"GET /\xc3\xa9 HTTP/1.1\r\n" in payload
    assert b"A: \xe9\r\n" in payload
    assert b"B: \xc3\xa9\xe2\x82\xac\r\n" in payload
    assert b"C: \xed\xb3\xbf\r\n" in payload


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/", (("A", "x\r\nB: y"),)),
        Request("GET", "/", (("A\n", "x"),)),
        Request("GET", "/ HTTP/1.1\r\nA: b", ()),
        Request("G\nET", "/", ()),
    ],
)
def test_a_line_break_in_the_head_is_not_sent(request_: Request) -> None:
    """It would make two messages of one, so it is refused before anything is sent."""
    with pytest.raises(HarnessError, match="line break"):
        compose(request_, ADDRESS)


@given(
    headers=st.lists(st.tuples(WORDS, VALUES), max_size=5),
    body=st.none() | st.binary(max_size=50) | st.integers(0, 70_000).map(lambda size: b"x" * size),
    chunked=st.booleans(),
)
def test_a_server_reads_what_was_meant(headers: list[tuple[str, str]], body: bytes | None, *, chunked: bool) -> None:
    """Whatever headers and body: a strict parser finds one message with exactly them."""
    request = Request("POST", "/x", tuple(headers), body, "chunked" if chunked else "length")
    parsed = Parsed(compose(request, ADDRESS)[1])
    assert parsed.complete == 1
    assert (body or b"") == parsed.body
    names = [name.decode() for name, _ in parsed.headers]
    assert [name for name, _ in headers] == [name for name in names if name.startswith("x-")]
