"""How the endpoint ends: what is in flight is answered, and its event neither lost nor doubled."""

from __future__ import annotations

import signal
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.reference.endpoint import ACKNOWLEDGED, SETTINGS, Answer, Endpoint, read_answer, request, token
from tests.reference.stub import answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.reference.stub import Stub


@dataclass
class End:
    """What came of an endpoint that was asked to end while much was in flight.

    Attributes:
        refused: Whether a new connection was refused meanwhile.
        answers: The answers, by what their requests waited for.
        events: How many events there were of each user, who are named likewise.
        exit_code: The process's exit code.
        seconds: How long it took from the last answer to the end.
    """

    refused: bool
    answers: dict[str, Answer]
    events: Counter[str]
    exit_code: int
    seconds: float


def wait_for(stub: Stub, number: int) -> None:
    """Wait until a stub has had so many requests."""
    deadline = time.monotonic() + 20
    while len(stub.received) < number:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def refuses(endpoint: Endpoint) -> bool:
    """Whether new connections are refused, at the latest after some seconds."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            endpoint.connect().close()
        except ConnectionRefusedError:
            return True
        except ConnectionError:
            continue
        time.sleep(0.005)
    return False


@pytest.fixture(scope="module")
def end(environment: dict[str, str], settings_stub: Stub, ingest_stub: Stub) -> Iterator[End]:
    """The end of an endpoint that is in the midst of everything."""
    settings_stub.forget()
    ingest_stub.forget()
    with Endpoint(environment) as endpoint:
        waiting = {name: endpoint.connect() for name in ("ingest", "settings", "gone", "body", "refusal")}
        ingest_stub.next.append(answers(200, ACKNOWLEDGED, after=1))
        waiting["ingest"].sendall(request(cookie=token(name="ingest")))
        wait_for(ingest_stub, 1)
        settings_stub.next.extend([answers(200, SETTINGS, after=1)] * 2)
        waiting["settings"].sendall(request(cookie=token(name="settings")))
        waiting["gone"].sendall(request(cookie=token(name="gone")))
        wait_for(settings_stub, 3)
        waiting.pop("gone").close()
        asks = request(b"{", "Content-Length: 2", "Expect: 100-continue", cookie=token(name="body"))
        waiting["body"].sendall(asks)
        assert waiting["body"].recv(100).startswith(b"HTTP/1.1 100 ")
        waiting["refusal"].sendall(request(b"", "Content-Length: 1000000", cookie=token(name="refusal")))
        endpoint.signal()
        refused = refuses(endpoint)
        endpoint.process.send_signal(signal.SIGINT)
        waiting["body"].sendall(b"}")
        got = {name: read_answer(connection) for name, connection in waiting.items()}
        began = time.monotonic()
        exit_code = endpoint.stop()
        events = Counter(received.json["user"]["name"] for received in ingest_stub.received)
        yield End(refused, got, events, exit_code, time.monotonic() - began)
        for connection in waiting.values():
            connection.close()


def test_new_connections_are_refused(end: End) -> None:
    """Nobody new is let in while the endpoint ends."""
    assert end.refused


@pytest.mark.parametrize("name", ["ingest", "settings", "body"])
def test_what_is_in_flight_is_answered(end: End, name: str) -> None:
    """A request that waits for an upstream, or whose body is still to come, is answered, and its connection closed."""
    assert (200, "close") == (end.answers[name].status, end.answers[name].headers["connection"])


def test_refusal_in_flight_is_delivered(end: End) -> None:
    """A client that still sends what was refused gets to read so."""
    assert 413 == end.answers["refusal"].status


def test_each_event_is_sent_once(end: End) -> None:
    """Each request that was begun has its one event, also when its client went away."""
    assert {"ingest": 1, "settings": 1, "gone": 1, "body": 1} == end.events


def test_ends_with_0_and_soon(end: End) -> None:
    """The process ends in good order, a second signal or not, and not long after its last answer."""
    assert 0 == end.exit_code
    assert end.seconds < 10


def test_idle_endpoint_ends_at_once(environment: dict[str, str], settings: Stub, ingest: Stub) -> None:
    """With nothing in flight the process ends soon with 0, and closes the connections that are kept."""
    with Endpoint(environment) as endpoint, endpoint.connect() as kept:
        kept.sendall(request())
        assert 200 == read_answer(kept).status
        began = time.monotonic()
        assert 0 == endpoint.stop()
        assert time.monotonic() - began < 5
        assert b"" == kept.recv(1)
    assert (1, 1) == (len(settings.received), len(ingest.received))
