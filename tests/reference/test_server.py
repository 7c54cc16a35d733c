"""What the server itself answers: routing, framing, limits, and clients that are slow, rude or gone."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.reference.endpoint import SETTINGS, Answer, Endpoint, read_answer, read_answers, request
from tests.reference.stub import answers

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from tests.reference.stub import Stub

HEAD = b"POST /api/route HTTP/1.1\r\nHost: test\r\n"


def tell(endpoint: Endpoint, raw: bytes) -> Answer:
    """Send these very bytes; return the answer, after which the connection must end."""
    with endpoint.connect() as connection:
        connection.sendall(raw)
        answer = read_answer(connection)
        assert ended(connection)
        return answer


def ended(connection: socket.socket) -> bool:
    """Whether the other end has closed its half, in good order."""
    return connection.recv(1) == b""


def is_plain_problem(answer: Answer) -> bool:
    """Whether an answer is problem details that say no more than the status."""
    return (
        answer.headers["content-type"] == "application/problem+json"
        and {
            "type": "about:blank",
            "title": answer.json["title"],
            "status": answer.status,
        }
        == answer.json
    )


def eventually(stub: Stub, number: int) -> int:
    """Return how many requests a stub has had, once they are so many or some seconds have passed."""
    deadline = time.monotonic() + 5
    while len(stub.received) < number and time.monotonic() < deadline:
        time.sleep(0.01)
    return len(stub.received)


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "post", "FOO"]
)
def test_other_methods_are_405(endpoint: Endpoint, method: str) -> None:
    """A method that the route does not have is 405, and the answer names the one it has."""
    with endpoint.connect() as connection:
        connection.sendall(request(None, "Connection: close", method=method))
        head, _, body = b"".join(iter(lambda: connection.recv(65_536), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nAllow: POST\r\n" in head
    assert b"\r\ncontent-type: application/problem+json" in head
    assert (method == "HEAD") == (body == b"")


@pytest.mark.parametrize(
    "path",
    ["/", "/api/route/", "//api/route", "/API/route", "/api/./route", "/api/route;a=b", "/api/route%00", "/%ff", "*"],
)
def test_other_paths_are_404(endpoint: Endpoint, ingest: Stub, path: str) -> None:
    """No other spelling of the path is the route."""
    answer = endpoint.ask(path=path)
    assert (404, True, []) == (answer.status, is_plain_problem(answer), ingest.received)


def test_ready(endpoint: Endpoint) -> None:
    """The readiness probe is answered without a session."""
    with endpoint.connect() as connection:
        connection.sendall(request(None, cookie="", path="/healthz", method="GET"))
        assert (200, b"ready\n") == ((answer := read_answer(connection)).status, answer.body)


@pytest.mark.parametrize(
    ("status", "raw"),
    [
        (400, b"GARBAGE\r\n\r\n"),
        (400, b"POST /api/route HTTP/2.0\r\nHost: test\r\n\r\n"),
        (400, b"POST %00 HTTP/1.1\r\nHost: test\r\n\r\n"),
        (400, b"POST /\xff HTTP/1.1\r\nHost: test\r\n\r\n"),
        (400, b"POST /api/route HTTP/1.1\r\n\r\n"),
        (400, HEAD + b"Host: other\r\n\r\n"),
        (400, HEAD + b"No colon\r\n\r\n"),
        (400, HEAD + b"Space : x\r\n\r\n"),
        (400, HEAD + b"A: b\r\n folded: x\r\n\r\n"),
        (400, HEAD + b"A: b\nB: c\r\n\r\n"),
        (400, HEAD + b"A: b\rB: c\r\n\r\n"),
        (400, HEAD + b"A: \x00\r\n\r\n"),
        (400, HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
        (400, HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"),
        (400, HEAD + b"Content-Length: +2\r\n\r\n{}"),
        (400, HEAD + b"Content-Length: 0x2\r\n\r\n{}"),
        (400, HEAD + b"Content-Length: -1\r\n\r\n"),
        (400, HEAD + "Content-Length: ٢\r\n\r\n{}".encode()),
        (400, HEAD + b"Transfer-Encoding: xchunked\r\n\r\n"),
        (400, HEAD + b"Transfer-Encoding : chunked\r\n\r\n"),
        (400, b"POST /api/route HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (417, HEAD + b"Content-Length: 2\r\nExpect: foo\r\n\r\n{}"),
        (414, b"POST /" + b"a" * 65_536 + b" HTTP/1.1\r\nHost: test\r\n\r\n"),
        (431, HEAD + b"A: " + b"a" * 20_000 + b"\r\n\r\n"),
        (431, HEAD + b"".join(b"A%d: b\r\n" % number for number in range(5000)) + b"\r\n"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_broken_framing(endpoint: Endpoint, settings: Stub, ingest: Stub, status: int, raw: bytes) -> None:
    """What is no clear request is refused in problem details, on a connection that ends in good order."""
    answer = tell(endpoint, raw)
    assert (status, True) == (answer.status, is_plain_problem(answer))
    assert [] == settings.received + ingest.received


@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"-2\r\n{}\r\n",
        b"2\r\n{}\r\n0\r\nCookie: a=b\r\n\r\n",
        b"f" * 100,
        b"f" * 17 + b"\r\n",
    ],
)
def test_broken_chunks(endpoint: Endpoint, ingest: Stub, chunks: bytes) -> None:
    """A body in broken chunks is refused, and makes no event."""
    answer = endpoint.ask(chunks, "Transfer-Encoding: chunked")
    assert (True, []) == (answer.status in {400, 413}, ingest.received)


@pytest.mark.parametrize(("cookie", "status"), [(None, 413), ("", 401)])
@pytest.mark.parametrize("in_chunks", [False, True])
def test_refusal_reaches_a_client_that_still_sends(
    endpoint: Endpoint, cookie: str, status: int, *, in_chunks: bool
) -> None:
    """A refusal is not lost to a client that first sends all it has, far more than any buffer holds."""
    chunk = b"a" * 100_000
    header = "Transfer-Encoding: chunked" if in_chunks else f"Content-Length: {200 * len(chunk)}"
    with endpoint.connect() as connection:
        connection.sendall(request(b"", header, cookie=cookie))
        for _ in range(200):
            connection.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk) if in_chunks else chunk)
        answer = read_answer(connection)
        assert (status, "close") == (answer.status, answer.headers["connection"])
        assert ended(connection)


def test_client_that_never_stops_is_cut_off(endpoint: Endpoint) -> None:
    """What is dropped after a refusal is bounded."""
    sent = 0
    with endpoint.connect() as connection, suppress(ConnectionError):
        connection.sendall(request(b"", "Content-Length: 100000000000"))
        while sent < 1 << 30:
            sent += connection.send(b"a" * 1_000_000)
    assert sent < 1 << 30


def test_413_comes_before_the_body(endpoint: Endpoint) -> None:
    """The length that a client announces is enough to refuse it."""
    answer = endpoint.ask(b"", "Content-Length: 10737418240")
    assert (413, "close") == (answer.status, answer.headers["connection"])


def test_expect_continue(endpoint: Endpoint) -> None:
    """A client that asks first is told to go on, or gets the refusal in its place."""
    expect = "Expect: 100-continue"
    with endpoint.connect() as connection:
        connection.sendall(request(b"", "Content-Length: 2", expect))
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == connection.recv(100)
        connection.sendall(b"{}")
        assert 200 == read_answer(connection).status
    for cookie, length, status in ((None, 100_000, b"413"), ("", 2, b"401")):
        with endpoint.connect() as connection:
            connection.sendall(request(b"", f"Content-Length: {length}", expect, cookie=cookie))
            assert connection.recv(100).startswith(b"HTTP/1.1 " + status)


def test_pipelined_requests_are_answered_in_order(endpoint: Endpoint, ingest: Stub) -> None:
    """Requests that come at once are each answered, also when the client has closed its half after them."""
    with endpoint.connect() as connection:
        connection.sendall(request() + request(b"[]") + request())
        connection.shutdown(1)
        assert [200, 422, 200] == [answer.status for answer in read_answers(connection, 3)]
        assert ended(connection)
    assert 2 == len(ingest.received)


def test_half_closed_client_gets_its_answer(endpoint: Endpoint, settings: Stub) -> None:
    """A client that has said all may close its half and wait."""
    settings.always = answers(200, SETTINGS, after=0.1)
    with endpoint.connect() as connection:
        connection.sendall(request())
        connection.shutdown(1)
        assert 200 == read_answer(connection).status
        assert ended(connection)


@pytest.mark.parametrize("part", [b"POST /api", HEAD, request(b"{", "Content-Length: 3")])
def test_half_a_request_is_refused(endpoint: Endpoint, ingest: Stub, part: bytes) -> None:
    """A client that closes its half within a request has made none."""
    with endpoint.connect() as connection:
        connection.sendall(part)
        connection.shutdown(1)
        answer = read_answer(connection)
        assert (400, True) == (answer.status, is_plain_problem(answer))
        assert ended(connection)
    assert [] == ingest.received


def test_http_1_0_is_served(endpoint: Endpoint) -> None:
    """The old protocol is served, and its connection closed."""
    assert 200 == tell(endpoint, request().replace(b"HTTP/1.1", b"HTTP/1.0")).status


@pytest.mark.parametrize("rude", [False, True])
def test_client_that_goes_away_leaves_one_event(
    endpoint: Endpoint, settings: Stub, ingest: Stub, *, rude: bool
) -> None:
    """What was begun is finished, whether the client closes or resets its connection, and others are served."""
    settings.always = answers(200, SETTINGS, after=0.2)
    connection = endpoint.connect()
    connection.sendall(request())
    assert 1 == eventually(settings, 1)
    if rude:
        connection.setsockopt(1, 13, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # SOL_SOCKET, SO_LINGER: reset on close
    connection.close()
    assert 1 == eventually(ingest, 1)
    assert 200 == endpoint.ask().status
    assert 2 == len(ingest.received)


@pytest.mark.parametrize("part", [b"", b"POST", HEAD, request(b"{", "Content-Length: 3")])
def test_client_that_resets_early_leaves_nothing(endpoint: Endpoint, settings: Stub, ingest: Stub, part: bytes) -> None:
    """A connection that is reset within a request does no harm."""
    connection = endpoint.connect()
    connection.sendall(part)
    connection.setsockopt(1, 13, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # SOL_SOCKET, SO_LINGER: reset on close
    connection.close()
    assert 200 == endpoint.ask().status
    assert (1, 1) == (len(settings.received), len(ingest.received))


@pytest.mark.parametrize("part", [b"POST /api/route HTTP/1.1\r\nHo", request(b"{", "Content-Length: 2")])
def test_client_that_stops_within_a_request_is_408(impatient: Endpoint, ingest: Stub, part: bytes) -> None:
    """A request whose rest does not come is given up, and the connection with it."""
    answer = tell(impatient, part)
    assert (408, True, "close", []) == (
        answer.status,
        is_plain_problem(answer),
        answer.headers["connection"],
        ingest.received,
    )


@pytest.fixture(scope="module")
def impatient(environment: dict[str, str]) -> Iterator[Endpoint]:
    """An endpoint that does not wait ten seconds for a client, but half of one."""
    program = "from reference import body; body.READ_TIMEOUT = 0.5; from reference.__main__ import main; main()"
    with Endpoint(environment, ("-c", program)) as endpoint:
        yield endpoint


def test_idle_and_slow_clients_hold_up_nobody(endpoint: Endpoint) -> None:
    """Clients that say nothing, or half of a request, leave the others their answers."""
    slow = [endpoint.connect() for _ in range(50)]
    for connection in slow[::2]:
        connection.sendall(request(b"{", "Content-Length: 2"))
    assert 200 == endpoint.ask().status
    for connection in slow[::2]:
        connection.sendall(b"}")
    assert {200} == {read_answer(connection).status for connection in slow[::2]}
    for connection in slow:
        connection.close()
