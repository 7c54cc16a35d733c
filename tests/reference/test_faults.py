"""What the route answers when an upstream is at fault, and how many events there are then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.reference.endpoint import ACKNOWLEDGED, SETTINGS, Endpoint
from tests.reference.stub import Behaviour, Stub, answers, hangs, resets, says

if TYPE_CHECKING:
    from collections.abc import Iterator

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
WRONG: dict[str, Behaviour] = {
    "nothing": says(b""),
    "reset": resets,
    "garbage": says(b"\x00\xff lwekjfnwlekfjn\r\n\r\n"),
    "another protocol": says(b"SSH-2.0-OpenSSH\r\n"),
    "bad chunks": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
    "cut short": says(OK + b"{"),
    "headers without end": says(b"HTTP/1.1 200 OK\r\n" + b"A: " + b"a" * 100_000 + b"\r\n\r\n"),
    "empty": answers(200, b""),
    "no content": says(b"HTTP/1.1 204 No Content\r\n\r\n", keep=True),
    "a page": answers(200, b"<html>log in</html>", "Content-Type: text/html"),
    "null": answers(200, None),
    "array": answers(200, []),
    "not finite": answers(200, b'{"appName":NaN}'),
    "deep": answers(200, b"[" * 100_000 + b"]" * 100_000),
    "long": answers(200, b" " * (2 << 20) + b"{}"),
    "packed": answers(200, b"\x1f\x8b\x08\x00", "Content-Encoding: gzip"),
    "elsewhere": answers(302, b"", "Location: http://127.0.0.1:1/"),
    "unknown": answers(404, {"error": "no"}),
    "forbidden": answers(403, {"error": "no"}),
    "limited": answers(429, b"", "Retry-After: 3600"),
    "failed": answers(500, b"oops"),
    "failing": answers(503, b"", "Retry-After: 3600"),
}
NOT_SETTINGS: dict[str, Behaviour] = {
    "text for a boolean": answers(200, {**SETTINGS, "features": {"beta": "false"}}),
    "a member is missing": answers(200, {"appName": "x"}),
    "another environment": answers(200, {**SETTINGS, "environment": "qa"}),
    "lone surrogate": answers(200, b'{"appName":"\\ud800","environment":"staging","locale":"en","features":{}}'),
}
NOT_ACKNOWLEDGED: dict[str, Behaviour] = {
    "refused": answers(400, {"ids": [""], "status": 400, "error": "no"}),
    "another status within": answers(200, {"ids": ["a"], "status": 500}),
    "status within is missing": answers(200, {"ids": ["a"]}),
    "status within is text": answers(200, {"ids": ["a"], "status": "200"}),
    "failed, though it says 200 within": answers(500, ACKNOWLEDGED),
    "created": answers(201, ACKNOWLEDGED),
    "with an error": answers(200, {**ACKNOWLEDGED, "error": "no"}),
    "no id": answers(200, {"ids": [], "status": 200}),
    "empty id": answers(200, {"ids": [""], "status": 200}),
    "two ids": answers(200, {"ids": ["a", "b"], "status": 200}),
    "id is a number": answers(200, {"ids": [1], "status": 200}),
}
STALLS: dict[str, Behaviour] = {
    "hangs": hangs(),
    "hangs within": hangs(OK + b'{"ids":'),
    "drips": says(OK + b" " * 100, every=0.3),
}


@pytest.fixture(scope="module")
def hasty(environment: dict[str, str]) -> Iterator[Endpoint]:
    """An endpoint that does not wait long; it logs no traceback."""
    with Endpoint({**environment, "UPSTREAM_TIMEOUT_MS": "700"}) as endpoint:
        yield endpoint
        assert endpoint.stop() == 0
        assert "Traceback" not in endpoint.said()


@pytest.mark.parametrize("fault", [*WRONG, *NOT_SETTINGS])
def test_wrong_settings_are_502_and_no_event(endpoint: Endpoint, settings: Stub, ingest: Stub, fault: str) -> None:
    """Settings that are not there, or not right, make no event; and the next request is healthy."""
    settings.always = (WRONG | NOT_SETTINGS)[fault]
    assert (502, []) == (endpoint.ask().status, ingest.received)
    assert 1 <= len(settings.received) <= 2
    settings.forget()
    assert 200 == endpoint.ask().status


@pytest.mark.parametrize("fault", [*WRONG, *NOT_ACKNOWLEDGED])
def test_event_that_is_not_acknowledged_is_502(endpoint: Endpoint, ingest: Stub, fault: str) -> None:
    """Only an acknowledgement of one event makes a success; and no second event is ever made of a request."""
    ingest.always = (WRONG | NOT_ACKNOWLEDGED)[fault]
    assert 502 == endpoint.ask().status
    assert 1 <= len(ingest.received) <= 2
    assert 1 == len({received.json["id"] for received in ingest.received})
    ingest.forget()
    assert 200 == endpoint.ask().status


@pytest.mark.parametrize("fault", ["refused", "unknown", "limited", "a page", "two ids"])
def test_what_the_ingest_refuses_is_not_sent_again(endpoint: Endpoint, ingest: Stub, fault: str) -> None:
    """An answer other than a 5xx is final."""
    ingest.always = (WRONG | NOT_ACKNOWLEDGED)[fault]
    assert (502, 1) == (endpoint.ask().status, len(ingest.received))


@pytest.mark.parametrize("fault", ["failed", "failing", "nothing", "reset", "cut short"])
def test_second_attempt_has_the_same_id(endpoint: Endpoint, ingest: Stub, fault: str) -> None:
    """After one failure the same event is sent once more, byte for byte."""
    ingest.next.append(WRONG[fault])
    assert 200 == endpoint.ask().status
    first, second = ingest.received
    assert first.body == second.body


@pytest.mark.parametrize("fault", ["nothing", "reset"])
def test_settings_are_asked_for_again(endpoint: Endpoint, settings: Stub, ingest: Stub, fault: str) -> None:
    """After one broken connection the settings are asked for once more."""
    settings.next.append(WRONG[fault])
    assert (200, 1) == (endpoint.ask().status, len(ingest.received))


@pytest.mark.parametrize("name", ["settings", "ingest"])
def test_unreachable_is_503(endpoint: Endpoint, settings: Stub, ingest: Stub, name: str) -> None:
    """An upstream that refuses connections is 503, and one that is back is used again."""
    stub = {"settings": settings, "ingest": ingest}[name]
    stub.close()
    try:
        assert 503 == endpoint.ask().status
    finally:
        stub.open()
    assert 200 == endpoint.ask().status
    assert 1 == len(ingest.received)


@pytest.mark.parametrize("name", ["settings", "ingest"])
def test_upstream_that_closes_kept_connections_is_no_fault(
    endpoint: Endpoint, settings: Stub, ingest: Stub, name: str
) -> None:
    """A connection that was kept, and is closed by the other end, costs no request."""
    stub = {"settings": settings, "ingest": ingest}[name]
    for _ in range(5):
        assert 200 == endpoint.ask().status
        stub.close()
        stub.open()
    assert (5, 5) == (len(settings.received), len(ingest.received))


def test_stalls_are_504_in_time(hasty: Endpoint, settings: Stub, ingest: Stub) -> None:
    """An upstream that does not end its answer is 504, at a deadline for the whole of it."""
    with ThreadPoolExecutor(8) as pool:
        settings.next.extend(STALLS.values())
        asked = [pool.submit(hasty.ask) for _ in STALLS]
        assert [504] * len(STALLS) == [one.result().status for one in asked]
        assert [] == ingest.received
        ingest.next.extend(STALLS.values())
        asked = [pool.submit(hasty.ask) for _ in STALLS]
        assert [504] * len(STALLS) == [one.result().status for one in asked]
        assert len(STALLS) == len(ingest.received)


def test_deadline_holds_over_both_attempts(hasty: Endpoint, settings: Stub, ingest: Stub) -> None:
    """A second attempt has what is left of the time, no more."""
    del settings
    ingest.next.extend([answers(500, b"", after=0.4), hangs()])
    assert (504, 2) == (hasty.ask().status, len(ingest.received))


def test_slow_in_time_is_no_fault(hasty: Endpoint, settings: Stub, ingest: Stub) -> None:
    """Upstreams that answer byte by byte, in time, are right."""
    settings.always = answers(200, SETTINGS, after=0.2)
    ingest.always = says(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"ids":["a"],"status":200}', every=0.001)
    assert 200 == hasty.ask().status


@pytest.mark.parametrize("content_type", ["text/plain; charset=utf-8", "application/json", "text/html"])
def test_media_type_of_upstreams_is_not_looked_at(
    endpoint: Endpoint, settings: Stub, ingest: Stub, content_type: str
) -> None:
    """Right JSON is right under any media type: the real ingest says that its own is text."""
    settings.always = answers(200, SETTINGS, f"Content-Type: {content_type}")
    ingest.always = answers(200, ACKNOWLEDGED, f"Content-Type: {content_type}")
    assert 200 == endpoint.ask().status


def test_settings_are_read_for_each_request(endpoint: Endpoint, settings: Stub, ingest: Stub) -> None:
    """No answer is kept, neither a right one nor a wrong one."""
    settings.next.extend(
        [answers(200, {**SETTINGS, "locale": "a"}), answers(500), answers(200, {**SETTINGS, "locale": "b"})]
    )
    assert [200, 502, 200] == [endpoint.ask().status for _ in range(3)]
    assert ["a", "b"] == [received.json["data"]["appSettings"]["locale"] for received in ingest.received]


def test_cookies_of_an_upstream_are_not_kept(endpoint: Endpoint, settings: Stub) -> None:
    """What an upstream sets is not sent with the next caller's request."""
    settings.next.append(answers(200, SETTINGS, "Set-Cookie: a=b; Path=/"))
    assert [200, 200] == [endpoint.ask().status for _ in range(2)]
    assert "cookie" not in settings.received[1].headers
