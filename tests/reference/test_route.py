"""What the route answers, and what it sends: the rules on sessions and bodies, through real sockets."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from tests.reference.endpoint import ACKNOWLEDGED, COOKIE, EVENT_KEY, SETTINGS, USER, read_answer, request, token
from tests.reference.stub import answers

if TYPE_CHECKING:
    from tests.reference.endpoint import Answer, Endpoint
    from tests.reference.stub import Stub

LIMIT = 65_536
MALFORMED = [
    b" \r\n\t",
    b"{",
    b'{"data":1}x',
    b'{"data":1}{"data":2}',
    b"\xef\xbb\xbf{}",
    '{"data":1}'.encode("utf-16-le"),
    b'{"data":"\xff"}',
    b'{"data":"\xc0\xaf"}',
    b'{"data":"\xed\xa0\x80"}',
    b'{"data":NaN}',
    b'{"data":-Infinity}',
    b'{"data":1e999}',
    b'{"data":' + b"9" * 5000 + b"}",
    b'{"data":"\\ud800"}',
    b'{"data":1,"data":2}',
    b'{"data":"a\nb"}',
    b"{'data':1}",
    b'{"data":1,}',
    b'{"data":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    b"[" * 60_000,
]
INVALID = [
    b"null",
    b"[]",
    b'[{"data":1}]',
    b'"data"',
    b"1",
    b"true",
    b'{"other":1}',
    b'{"data":1,"name":"x"}',
    b'{"Data":1}',
    b'{"__proto__":{}}',
]
VALID: list[bytes | None] = [
    None,
    b"",
    b"{}",
    b' {"data" : null}\n',
    b'{"\\u0064ata":1}',
    b'{"data":9007199254740993}',
    b'{"data":[-0,1.0,1E2]}',
    b'{"data":"\\u0000\\ud83d\\ude00 ${jndi:x}"}',
    b'{"data":' + b"[" * 100 + b"]" * 100 + b"}",
]


def chunked(body: bytes, size: int = 10_000) -> bytes:
    """Return a body in chunks."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""])


def is_problem(answer: Answer) -> bool:
    """Whether an answer is problem details that agree with its status."""
    return (
        answer.headers["content-type"] == "application/problem+json"
        and answer.json["status"] == answer.status
        and {"type", "title", "status"} == set(answer.json)
    )


def test_event_is_exactly_what_the_contract_says(endpoint: Endpoint, settings: Stub, ingest: Stub) -> None:
    """One event goes to the ingest's URL, and holds the clock, the session's user and the settings."""
    before = time.time_ns() // 1_000_000
    answer = endpoint.ask()
    assert (200, "application/json", {"success": "true"}) == (
        answer.status,
        answer.headers["content-type"],
        answer.json,
    )
    assert ["GET /settings HTTP/1.1"] == [received.line for received in settings.received]
    (sent,) = ingest.received
    event = sent.json
    assert (f"POST /e/{EVENT_KEY} HTTP/1.1", "application/json") == (sent.line, sent.headers["content-type"])
    assert 4 == UUID(event.pop("id")).version
    assert before <= event.pop("ts") <= time.time_ns() // 1_000_000
    assert {"name": "app/route.requested", "v": "1", "user": USER, "data": {"appSettings": SETTINGS}} == event
    assert "cookie" not in sent.headers | settings.received[0].headers


def test_settings_pass_through_unchanged(endpoint: Endpoint, settings: Stub, ingest: Stub) -> None:
    """Settings that the schema does not name keep their numbers and their text."""
    odd = {
        "big": 2**53 + 1,
        "huge": 10**400,
        "real": 1.0,
        "tiny": 5e-324,
        "text": "ä \u0000 \u2028 😀",
        "deep": [[[{}]]],
    }
    settings.always = answers(200, {**SETTINGS, **odd})
    assert 200 == endpoint.ask().status
    sent = ingest.received[0].json["data"]["appSettings"]
    assert {**SETTINGS, **odd} == sent
    assert isinstance(sent["real"], float)


@pytest.mark.parametrize("body", VALID, ids=lambda body: repr(body)[:30])
def test_valid_body_makes_one_event(endpoint: Endpoint, ingest: Stub, body: bytes | None) -> None:
    """What the schema allows is a success, with one event and nothing of the body in it."""
    assert 200 == endpoint.ask(body).status
    assert [{"appSettings": SETTINGS}] == [received.json["data"] for received in ingest.received]


@pytest.mark.parametrize(
    ("status", "body"),
    [*((400, body) for body in MALFORMED), *((422, body) for body in INVALID)],
    ids=lambda value: repr(value)[:30],
)
def test_refused_body(endpoint: Endpoint, settings: Stub, ingest: Stub, status: int, body: bytes) -> None:
    """What is no JSON is 400 and what the schema forbids is 422; no upstream is called."""
    answer = endpoint.ask(body)
    assert (status, True) == (answer.status, is_problem(answer))
    assert [] == settings.received + ingest.received


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/JSON ; q=1",
        "application/json; charset=UTF-8",
        'application/json;charset="utf-8"',
        "application/json;",
    ],
)
def test_json_by_any_of_its_names(endpoint: Endpoint, content_type: str) -> None:
    """The media type matches without regard to case and parameters."""
    assert 200 == endpoint.ask(b"{}", f"Content-Type: {content_type}").status


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Type: ",),
        ("Content-Type: text/plain",),
        ("Content-Type: application/x-www-form-urlencoded",),
        ("Content-Type: application/jsonp",),
        ("Content-Type: application/cloudevents+json",),
        ("Content-Type: application/json, text/plain",),
        ("Content-Type: application/json", "Content-Type: application/json"),
        ("Content-Type: application/json; charset=utf-16",),
        ("Content-Type: application/json; charset=latin1",),
        ("Content-Encoding: gzip",),
        ("Content-Encoding: identity, gzip",),
    ],
)
def test_other_media_type_is_415(endpoint: Endpoint, ingest: Stub, headers: tuple[str, ...]) -> None:
    """A body that is not plain JSON is 415, whatever it holds, and makes no event."""
    answer = endpoint.ask(b"{}", *headers)
    assert (415, True, []) == (answer.status, is_problem(answer), ingest.received)


@pytest.mark.parametrize("body", [None, b""])
def test_media_type_of_no_body_is_not_looked_at(endpoint: Endpoint, body: bytes | None) -> None:
    """A request without a body may say any media type."""
    assert 200 == endpoint.ask(body, "Content-Type: text/plain", "Content-Encoding: gzip").status


def test_empty_chunked_body_is_no_body(endpoint: Endpoint) -> None:
    """Chunked framing around nothing is no body either."""
    assert 200 == endpoint.ask(chunked(b""), "Transfer-Encoding: chunked", "Content-Type: text/plain").status


@pytest.mark.parametrize("in_chunks", [False, True])
@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413), (10 * LIMIT, 413)])
def test_limit_counts_bytes(endpoint: Endpoint, ingest: Stub, size: int, status: int, *, in_chunks: bool) -> None:
    """A body of exactly the limit is taken and one byte more is not, however the length is told."""
    body = b'{"data":"' + b"a" * (size - 11) + b'"}'
    headers = ("Transfer-Encoding: chunked",) if in_chunks else ()
    answer = endpoint.ask(chunked(body) if in_chunks else body, *headers)
    assert (status, status == 200) == (answer.status, len(ingest.received) == 1)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{", ()),
        (b"[]", ()),
        (b"{}", ("Content-Type: text/plain",)),
        (b"a" * 200_000, ()),
        (b"", ("Content-Length: 10000000000",)),
        (b"zz\r\n", ("Transfer-Encoding: chunked",)),
    ],
)
def test_401_comes_before_anything_of_the_body(endpoint: Endpoint, body: bytes, headers: tuple[str, ...]) -> None:
    """Without a session the answer is 401 whatever is wrong with the body, before it has come."""
    answer = endpoint.ask(body, *headers, cookie="")
    assert (401, True) == (answer.status, is_problem(answer))
    assert "www-authenticate" in answer.headers


@pytest.mark.parametrize("cookie", ["", "garbage", "a.b.c.d.e", "a..b.c.d", "é..\xff", "%zz", "." * 4000])
def test_garbage_session_is_401(endpoint: Endpoint, settings: Stub, ingest: Stub, cookie: str) -> None:
    """A cookie that is no token is as good as none, and nothing upstream is called."""
    answer = endpoint.ask(cookie=cookie)
    assert (401, []) == (answer.status, settings.received + ingest.received)


def test_all_refusals_of_a_session_look_the_same(endpoint: Endpoint) -> None:
    """Nobody can tell from the answer what is wrong with a session."""
    cookies = ["", "garbage", token("another secret"), token(exp=1), token(name=None, email=None)]
    assert 1 == len({(answer.status, answer.body) for answer in (endpoint.ask(cookie=one) for one in cookies)})


def test_chunked_session_is_joined_in_numeric_order(endpoint: Endpoint, ingest: Stub) -> None:
    """Eleven chunks, sent in any order, are one session."""
    whole = token(picture="p" * 300)
    size = len(whole) // 10
    parts = [whole[start : start + size] for start in range(0, len(whole), size)]
    pairs = [f"{COOKIE}.{number}={part}" for number, part in enumerate(parts)]
    assert len(pairs) > 10
    answer = endpoint.ask(b"{}", f"Cookie: {'; '.join(reversed(pairs))}", cookie="")
    assert (200, "p" * 300) == (answer.status, ingest.received[0].json["user"]["image"])


def test_session_of_two_full_chunks_fits(endpoint: Endpoint) -> None:
    """A session as long as next-auth splits it is within the limit on a head."""
    whole = token(padding="x" * 5000)
    cookie = f"Cookie: {COOKIE}.0={whole[:3933]}; {COOKIE}.1={whole[3933:]}"
    assert 200 == endpoint.ask(b"{}", cookie, cookie="").status


def test_two_cookie_headers_are_one(endpoint: Endpoint) -> None:
    """The first cookie of a name counts, over all `Cookie` headers."""
    good, bad = f"Cookie: a=b; {COOKIE}={token()}", f"Cookie: {COOKIE}=garbage"
    assert 200 == endpoint.ask(b"{}", good, bad, cookie="").status
    assert 401 == endpoint.ask(b"{}", bad, good, cookie="").status


def test_what_the_client_says_is_nothing_to_the_event(endpoint: Endpoint, ingest: Stub) -> None:
    """Headers that steer other servers change nothing, and reach neither upstream."""
    headers = [
        "X-HTTP-Method-Override: GET",
        "X-User-ID: 7",
        "X-Inngest-Event-Id-Seed: 1,AAAA",
        "X-Forwarded-Proto: https",
    ]
    assert 200 == endpoint.ask(b"{}", *headers).status
    assert USER == ingest.received[0].json["user"]
    assert not [name for name in ingest.received[0].headers if name.startswith("x-")]


def test_users_do_not_mix_under_concurrency(endpoint: Endpoint, settings: Stub, ingest: Stub) -> None:
    """Of many callers at once, each gets one event in its own name, with an id of its own."""
    settings.always = answers(200, SETTINGS, after=0.01)
    names = [f"user-{number}" for number in range(100)]
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda name: endpoint.ask(cookie=token(name=name)).status, names))
    assert {200} == set(statuses)
    events = [received.json for received in ingest.received]
    assert sorted(names) == sorted(event["user"]["name"] for event in events)
    assert 100 == len({event["id"] for event in events})


def test_one_connection_serves_many_requests(endpoint: Endpoint, ingest: Stub) -> None:
    """Refusals and successes alternate on one connection, and each answer is its own request's."""
    plan: list[tuple[bytes | None, str | None, int]] = [
        (b"{}", None, 200),
        (b"{", None, 400),
        (b"a" * 1000, "", 401),
        (b"[]", None, 422),
        (None, None, 200),
    ]
    with endpoint.connect() as connection:
        statuses = []
        for body, cookie, _ in plan:
            connection.sendall(request(body, cookie=cookie))
            statuses.append(read_answer(connection).status)
    assert [status for _, _, status in plan] == statuses
    assert 2 == len(ingest.received)


def test_no_answer_shows_what_is_inside(endpoint: Endpoint, settings: Stub, ingest: Stub) -> None:
    """Neither key, secret nor address is in an answer or in the log, whatever goes wrong."""
    told: list[Any] = [endpoint.ask(b"{"), endpoint.ask(cookie="x")]
    ingest.always = answers(401, {"error": "Event key not found", "key": EVENT_KEY})
    told.append(endpoint.ask())
    ingest.always = answers(200, {**ACKNOWLEDGED, "error": EVENT_KEY})
    told.append(endpoint.ask())
    settings.always = answers(500, b"Traceback")
    told.append(endpoint.ask())
    text = json.dumps([[answer.status, answer.headers, answer.body.decode()] for answer in told]) + endpoint.said()
    for inside in (EVENT_KEY, "a secret for these tests", ingest.url, settings.url, "Traceback", "sanic", "Sanic"):
        assert inside not in text
