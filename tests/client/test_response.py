"""What bytes come to, without a socket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.client.response import ResponseReader, ResponsesReader
from bothends.clock import Clock
from bothends.records import Answer, NoAnswer

OK = b"HTTP/1.1 200 OK\r\n"
SEVERAL = [
    OK + b"Content-Length: 2\r\n\r\nhi",
    OK + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\nx",
    OK + b"\r\nuntil the end",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\x00\x01",
    OK + b"Content-Length: 9\r\n\r\ncut",
    OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nContent-",
    b"SSH-2.0-OpenSSH_9.6\r\n",
]


def read(*pieces: bytes, method: str = "POST", **limits: int) -> ResponseReader:
    """Feed a reader."""
    reader = ResponseReader(method, **limits)
    for piece in pieces:
        reader.feed(piece)
    return reader


def test_a_usual_answer() -> None:
    """Names are in lower case, values without the white space around them, and the connection may go on."""
    reader = read(b"HTTP/1.1 200 All right\r\nContent-Type:  a/b \t\r\nX: \xe9\r\nContent-Length: 2\r\n\r\nhi")
    headers = (("content-type", "a/b"), ("x", "é"), ("content-length", "2"))
    assert Answer(200, headers, b"hi", 2, "All right") == reader.outcome
    assert reader.reusable


@pytest.mark.parametrize("data", SEVERAL)
@given(st.data())
def test_how_it_is_cut_into_pieces_does_not_matter(data: bytes, draw: st.DataObject) -> None:
    """TCP may cut anywhere: the same bytes come to the same."""
    cuts = sorted(draw.draw(st.sets(st.integers(0, len(data)))))
    pieces = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    whole, cut = read(data), read(*filter(None, pieces))
    expected, actual = whole.end(), cut.end()
    if isinstance(expected, Answer):
        assert expected == actual
    else:
        assert isinstance(actual, NoAnswer)
        assert expected.kind == actual.kind


@given(st.binary(max_size=80), st.sampled_from([b"", OK, OK + b"\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"]))
def test_no_bytes_raise(data: bytes, start: bytes) -> None:
    """Whatever comes is an answer, or a reason why there is none."""
    assert isinstance(read(start + data).end(), Answer | NoAnswer)


def test_trailers_are_no_headers() -> None:
    """A trailer is read and left out (RFC 9110, section 6.5.1)."""
    answer = read(SEVERAL[1]).outcome
    assert isinstance(answer, Answer)
    assert answer.body == b"abcde"
    assert answer.headers == (("transfer-encoding", "chunked"),)


def test_interim_responses_are_passed_over() -> None:
    """Only the final response counts, and the interim ones' headers don't."""
    answer = read(SEVERAL[2]).outcome
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.headers) == (200, b"x", (("content-length", "1"),))


def test_an_answer_to_head_has_no_body() -> None:
    """It is whole with its head, whatever length it announces."""
    reader = read(OK + b"Content-Length: 5\r\n\r\n", method="HEAD")
    assert isinstance(reader.outcome, Answer)
    assert reader.reusable


def test_a_body_after_head_spoils_the_connection() -> None:
    """The answer is taken, but what follows is not known to be a response."""
    reader = read(OK + b"Content-Length: 5\r\n\r\nhello", method="HEAD")
    assert isinstance(reader.outcome, Answer)
    assert not reader.reusable


def test_a_tunnel_is_left_after_its_head() -> None:
    """A 2xx to CONNECT turns the connection into something else (RFC 9110, section 9.3.6)."""
    reader = read(OK + b"\r\n", method="CONNECT")
    assert isinstance(reader.outcome, Answer)
    assert not reader.reusable
    assert read(b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n", method="CONNECT").reusable


@pytest.mark.parametrize("data", [b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 304 Not\r\nContent-Length: 5\r\n\r\n"])
def test_some_statuses_have_no_body(data: bytes) -> None:
    """204 and 304 are whole with their head (RFC 9112, section 6.3)."""
    reader = read(data)
    assert isinstance(reader.outcome, Answer)
    assert reader.reusable


def test_a_switch_of_protocols_is_an_answer() -> None:
    """101 is final, with what follows left alone."""
    reader = read(SEVERAL[5])
    assert isinstance(reader.outcome, Answer)
    assert reader.outcome.status == 101
    assert not reader.reusable


def test_a_body_that_only_the_end_ends() -> None:
    """Without a length, and with a coding that is not chunked, the end makes the answer whole."""
    for head in (b"\r\n", b"Transfer-Encoding: identity\r\n\r\n"):
        reader = read(OK + head, b"abc", b"def")
        assert reader.outcome is None
        answer = reader.end()
        assert isinstance(answer, Answer)
        assert answer.body == b"abcdef"
        assert not reader.reusable


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "no byte of an answer had come"),
        (b"HTTP/1.1 20", "11 bytes of the head had come, beginning with b'HTTP/1.1 20'"),
        (OK + b"Content-Length: 9\r\n\r\ncut", "status 200 and 3 of 9 bytes of the body had come"),
        (b"H", "1 byte of the head had come, beginning with b'H'"),
        (OK + b"Content-Length: 1\r\n\r\n", "status 200 and 0 of 1 byte of the body had come"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "status 200 and 2 bytes of the body had come"),
    ],
)
def test_an_end_too_early_is_no_answer(data: bytes, detail: str) -> None:
    """The reason says how far it had come."""
    assert NoAnswer("closed", detail) == (read(data) if data else read()).end()


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b[31m<html>",
        b"HTTP/1.1 20 Bad\r\n\r\n",
        OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        OK + b"X: a\x00b\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http(data: bytes) -> None:
    """Garbage, and framing that could be read in two ways."""
    reader = read(data)
    assert isinstance(reader.outcome, NoAnswer)
    assert reader.outcome.kind == "not-http"
    assert not reader.reusable
    assert "\x1b" not in reader.outcome.detail


@pytest.mark.parametrize("more", [b"x", OK + b"Content-Length: 0\r\n\r\n", b"\x00"])
def test_bytes_that_nobody_asked_for_spoil_the_connection(more: bytes) -> None:
    """In one piece with the answer or after it: the answer stays, the connection goes."""
    data = OK + b"Content-Length: 2\r\n\r\nhi"
    for reader in (read(data + more), read(data, more)):
        assert isinstance(reader.outcome, Answer)
        assert reader.outcome.body == b"hi"
        assert not reader.reusable


def test_a_long_body_is_cut() -> None:
    """It is kept up to the limit, and the size says how much was read; the very limit is not cut."""
    reader = read(OK + b"Content-Length: 9\r\n\r\n", b"abcd", b"efgh", body_limit=5)
    assert isinstance(reader.outcome, Answer)
    assert (reader.outcome.body, reader.outcome.size) == (b"abcde", 8)
    assert not reader.reusable
    exact = read(OK + b"Content-Length: 5\r\n\r\nabcde", body_limit=5)
    assert exact.reusable


@pytest.mark.parametrize(
    "pieces",
    [
        [OK, *[b"A: " + b"x" * 20 + b"\r\n"] * 10],
        [b"HTTP/1.1 200 " + b"x" * 200],
        [OK + b"A: ", *[b"x" * 20] * 20],
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 20,
        [OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", *[b"T: xxxxxxxxx\r\n"] * 20],
        [OK + b"Transfer-Encoding: chunked\r\n\r\n1;", *[b"x" * 50] * 40],
        [OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nT: ", *[b"x" * 50] * 40],
    ],
    ids=["headers", "reason", "line", "interim", "trailers", "chunk extension", "trailer line"],
)
def test_a_head_without_end_is_cut_off(pieces: list[bytes]) -> None:
    """Headers, interim responses, trailers and chunk extensions are bounded."""
    outcome = read(*pieces, head_limit=100, body_limit=100).outcome
    assert isinstance(outcome, NoAnswer)
    assert outcome.kind == "not-http"
    assert "over 100 bytes" in outcome.detail


def test_a_connection_that_is_told_to_close() -> None:
    """`Connection: close` and HTTP/1.0 end the connection with the answer."""
    for head in (OK + b"Connection: close\r\n", b"HTTP/1.0 200 OK\r\n"):
        reader = read(head + b"Content-Length: 0\r\n\r\n")
        assert isinstance(reader.outcome, Answer)
        assert not reader.reusable


def test_several_answers_are_read_in_order() -> None:
    """Each is whole, and the last one is cut where its body has no end."""
    reader = ResponsesReader("POST", Clock(), body_limit=5)
    for piece in (OK + b"Content-Length: 2\r\n\r\nhi" + OK + b"\r\n", *[b"yyyy"] * 3):
        reader.feed(piece)
    assert [b"hi", b"yyyyy"] == [answer.body for answer, _ in reader.answers]
