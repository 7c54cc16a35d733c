"""How the endpoint ends: what is in flight is answered, and its event neither lost nor doubled."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.reference.endpoint import ACKNOWLEDGED, SETTINGS, Endpoint, read_answer, request
from tests.reference.stub import answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.reference.stub import Stub


@pytest.fixture
def ending(environment: dict[str, str], settings: Stub, ingest: Stub) -> Iterator[Endpoint]:
    """An endpoint of the test's own, to be ended."""
    del settings, ingest
    with Endpoint(environment) as endpoint:
        yield endpoint


def wait_for(stub: Stub, number: int) -> None:
    """Wait until a stub has had so many requests."""
    deadline = time.monotonic() + 10
    while len(stub.received) < number:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def refuses(endpoint: Endpoint) -> bool:
    """Whether a new connection is refused."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            endpoint.connect().close()
        except ConnectionRefusedError:
            return True
        except ConnectionError:
            continue
        time.sleep(0.005)
    return False


def test_idle_endpoint_ends_at_once(ending: Endpoint) -> None:
    """With nothing in flight the process ends with 0, also when connections are kept."""
    with ending.connect() as kept:
        kept.sendall(request())
        assert 200 == read_answer(kept).status
        began = time.monotonic()
        assert 0 == ending.stop()
        assert time.monotonic() - began < 3
        assert b"" == kept.recv(1)


@pytest.mark.parametrize("slow", ["settings", "ingest"])
def test_what_is_in_flight_is_answered(ending: Endpoint, settings: Stub, ingest: Stub, slow: str) -> None:
    """A request that waits for an upstream at SIGTERM is answered, with one event, and the connection closed."""
    stubs = {"settings": settings, "ingest": ingest}
    stubs[slow].always = answers(200, {"settings": SETTINGS, "ingest": ACKNOWLEDGED}[slow], after=0.5)
    connections = [ending.connect() for _ in range(5)]
    for connection in connections:
        connection.sendall(request())
    wait_for(stubs[slow], 5)
    ending.signal()
    assert refuses(ending)
    # A second signal changes nothing.
    ending.signal()
    got = [read_answer(connection) for connection in connections]
    assert {(200, "close")} == {(answer.status, answer.headers["connection"]) for answer in got}
    assert 0 == ending.stop()
    assert (5, 5) == (len(ingest.received), len({received.json["id"] for received in ingest.received}))
    for connection in connections:
        connection.close()


def test_body_in_flight_is_waited_for(ending: Endpoint, ingest: Stub) -> None:
    """A request whose body is still to come at SIGTERM is one in flight too."""
    with ending.connect() as connection:
        connection.sendall(request(b"{", "Content-Length: 2", "Expect: 100-continue"))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        ending.signal()
        assert refuses(ending)
        connection.sendall(b"}")
        assert 200 == read_answer(connection).status
    assert 0 == ending.stop()
    assert 1 == len(ingest.received)


def test_event_of_a_client_that_is_gone_is_sent(ending: Endpoint, settings: Stub, ingest: Stub) -> None:
    """What was begun for a client that went away is finished before the process ends."""
    settings.always = answers(200, SETTINGS, after=0.3)
    with ending.connect() as connection:
        connection.sendall(request())
        wait_for(settings, 1)
    assert 0 == ending.stop()
    assert 1 == len(ingest.received)


def test_refusal_in_flight_is_delivered(ending: Endpoint) -> None:
    """A client that still sends what was refused gets to read so, and does not hold up the end for long."""
    with ending.connect() as connection:
        connection.sendall(request(b"", "Content-Length: 1000000"))
        assert 413 == read_answer(connection).status
        began = time.monotonic()
        assert 0 == ending.stop()
        assert time.monotonic() - began < 10
