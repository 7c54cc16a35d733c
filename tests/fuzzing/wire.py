"""HTTP: answers as the client reads them, requests and events as the world does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.client.response import ResponseReader, ResponsesReader
from bothends.clock import Clock
from bothends.contract import load
from bothends.contract.tables import INGESTS
from bothends.records import NoAnswer
from bothends.world.answers import Answers
from bothends.world.http import Received, Reply
from bothends.world.http.message import RequestReader
from bothends.world.ingests import Ingest, IngestStub
from bothends.world.service import Outcome, Place, Recorder
from bothends.world.upstream import Upstream
from tests.fuzzing.mutation import wire_lines
from tests.fuzzing.reader import Reader, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bothends.world.service import StubService

METHODS = ("GET", "POST", "HEAD", "CONNECT")
SIZES = (1, 2, 7, 64)


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def _answers(_folder: Path, _shared: Path) -> Callable[[bytes], object]:
    """Read an answer whole, in pieces, and with narrow limits: of the first two it is the same."""
    clock = Clock()

    def read(data: bytes) -> None:
        method, size, wire = METHODS[data[:1][0] & 3 if data else 0], SIZES[(data[:1] or b"\0")[0] >> 2 & 3], data[1:]
        whole, cut = (_outcome(ResponseReader(method), pieces) for pieces in ([wire], _pieces(wire, size)))
        assert whole == cut, f"whole: {whole}, in pieces of {size}: {cut}"
        narrow = ResponseReader(method, body_limit=16, head_limit=64)
        _outcome(narrow, _pieces(wire, size))
        assert narrow.outcome is not None
        several = ResponsesReader(method, clock, body_limit=64, head_limit=128)
        _outcome(several, _pieces(wire, size))

    return read


def _outcome(reader: ResponseReader, pieces: Any) -> Any:
    for piece in pieces:
        reader.feed(piece)
    reader.progress()
    outcome = reader.end()
    return outcome.kind if isinstance(outcome, NoAnswer) else (outcome, reader.reusable)


def _answer_bytes(_shared: Path) -> Iterator[bytes]:
    for how in (b"\x00", b"\x06", b"\x0b"):
        for each in _ANSWERS:
            yield how + each


_ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nLocation: /x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2;a=b\r\n{}\r\n0\r\nT: x\r\n\r\n"
    ),
    b"HTTP/1.0 404 Not Found\r\nServer: x\r\n\r\nto the end",
    b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\nPRI",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    b"HTTP/1.1 200\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
)


def _requests(folder: Path, _shared: Path) -> Callable[[bytes], object]:
    """Read requests whole and in pieces, which is the same, and let each service of a world take them."""
    stubs = _services(folder)

    def read(data: bytes) -> None:
        size, wire = SIZES[(data[:1] or b"\0")[0] & 3], data[1:]
        whole, cut = _received([wire]), _received(_pieces(wire, size))
        told = [[(*_plain(each), more) for each, more in found] for found in (whole, cut)]
        assert told[0] == told[1], f"whole: {told[0]}, in pieces of {size}: {told[1]}"
        for received, _ in whole:
            for stub in stubs:
                _taken(stub, received)

    return read


def _plain(received: Received) -> tuple[Any, ...]:
    if received.problem:  # how much of it was read is no matter
        return (received.status,)
    return received.method, received.target, received.headers, received.body


def _received(pieces: Any) -> list[tuple[Received, bool]]:
    found: list[tuple[Received, bool]] = []
    reader = RequestReader(Clock(), lambda received, more: found.append((received, more)), lambda: None)
    for piece in pieces:
        reader.feed(piece)
    return found


def _taken(stub: StubService, received: Received) -> None:
    """Let a service take a request, and answer it, as it does when it is well, and when it is not."""
    for ask in ("reply", "fake_success"):
        handler = stub.handler(received)
        reply: Reply = getattr(handler, ask)()
        reply.head()
        handler.settle(Outcome(received.at, reply.status, right=ask == "reply", whole=True))


_WORLD = """
spec = "openapi.yaml"
[world.ingests.plain]
kind = "webhook"
[world.ingests.inngest]
kind = "inngest"
event_key = "key"
[world.ingests.standard]
kind = "webhook"
signature = {kind = "standard-webhooks", secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]}
[world.ingests.edwards]
kind = "webhook"
signature = {kind = "standard-webhooks", version = "v1a"}
[world.ingests.stripe]
kind = "webhook"
signature = {kind = "stripe", secret = "whsec_x"}
[world.ingests.github]
kind = "webhook"
signature = {kind = "github", secret = "x"}
[world.ingests.template]
kind = "webhook"
signature = {kind = "template", secret = "x", signs = "{timestamp}.{id}.{body}", headers = {\
X-Signature = "t={timestamp},sha256={signature}", X-Id = "{id}"}}
[world.upstreams.settings]
path = "/settings"
answer = "#/components/schemas/Settings"
"""
_SPEC = """
openapi: 3.1.0
info: {title: Orders, version: "1"}
components:
  schemas:
    Settings: {type: object, required: [a], properties: {a: {type: string}}}
paths:
  /orders:
    post:
      operationId: order
      parameters: [{name: url, in: query, schema: {type: string, format: uri}}]
      responses: {"200": {description: Ordered.}}
      callbacks:
        ordered:
          "{$request.query.url}":
            post:
              x-delivery: {identity: /id}
              requestBody: {content: {application/json: {schema: {type: array, items: {type: object}}}}}
              responses: {"200": {description: Taken.}}
        named:
          "{plain}/named":
            post:
              x-delivery: {identity: header.Webhook-Id}
              requestBody: {content: {application/json: {schema: {properties: {name: {const: a}}}}}}
              responses: {"202": {description: Taken., content: {application/json: {example: {}}}}}
"""


def _services(folder: Path) -> list[StubService]:
    """Return the services of a world that is not opened: no request comes to them but ours."""
    (folder / "bothends.toml").write_text(_WORLD)
    (folder / "openapi.yaml").write_text(_SPEC)
    contract = load(folder / "bothends.toml")
    events = [event for operation in contract.operations for event in operation.events]
    place = Place("127.0.0.1", None, 1, Clock(), Recorder())
    stubs: list[StubService] = []
    for name, table in contract.settings.world.ingests.items():
        kind = INGESTS.get(table.kind)
        assert issubclass(kind, Ingest)
        stubs.append(IngestStub(kind(name, table, events, table.event_key or "key"), place))
    for name, upstream in contract.settings.world.upstreams.items():
        stubs.append(Upstream(upstream, Answers(name, contract.answers[name].raw, 1), place))
    return stubs


def _request_bytes(_shared: Path) -> Iterator[bytes]:
    for how in (b"\x00", b"\x02"):
        for each in _REQUESTS:
            yield how + each


_EVENT = b'{"name":"a","id":"1","ts":1767225600000,"data":{"a":1},"user":{}}'
_REQUESTS = (
    b"GET /settings?a=b HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /e/key HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(_EVENT), _EVENT),
    b"POST /named HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\n[]\r\n0\r\nT: x\r\n\r\n",
    b"PUT /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n1GET / HTTP/1.1\r\n\r\n",
    (
        b"POST /x HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    ),
    b"POST /x HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=b&a=c",
    b"CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\nrest",
    b"OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
)


def _events(folder: Path, _shared: Path) -> Callable[[bytes], object]:
    """Let each ingest take a body, of a type and with headers of signatures that the first line tells."""
    stubs = _services(folder)

    def read(data: bytes) -> None:
        head, _, body = data.partition(b"\n")
        how, text = (head[:1] or b"\0")[0], head[1:].decode("latin-1")
        headers = [(name, text) for name in _SIGNED]
        headers.append(("webhook-timestamp", "1767225600" if how & 8 else text))
        headers.append(("content-type", _TYPES[how & 3]))
        received = Received("POST", ("/e/key", "/named", "/")[how >> 4 & 1], tuple(headers), body, 1767225600.0)
        for stub in stubs:
            _taken(stub, received)

    return read


_SIGNED = (
    "webhook-id",
    "webhook-signature",
    "stripe-signature",
    "x-hub-signature-256",
    "x-signature",
    "x-id",
    "x-inngest-event-id-seed",
)
_TYPES = ("application/json", "application/x-www-form-urlencoded; charset=x", "multipart/form-data", "text/plain")


def _event_bytes(_shared: Path) -> Iterator[bytes]:
    bodies = (
        _EVENT,
        b"[" + _EVENT + b"," + _EVENT + b"]",
        b'[{"id":1},{"id":1},3]',
        b"a=b&a=%ff",
        b'{"data":{"a":"\\ud800","a":1e400},"DATA":{"b":[[[]]]},"ts":99999999999999999999}',
        b"",
    )
    heads = (
        b"\x00v1,MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        b"\x11t=1767225600,v1=" + b"00" * 32,
        b"\x08sha256=" + b"00" * 32,
        b"\x00t=1767225600,sha256=" + b"00" * 32,
        b"\x131767225600000,AAAAAAAAAAAAAA==",
    )
    for head in heads:
        for body in bodies:
            yield head + b"\n" + body


ANSWERS = Reader("answers", "answers of the target", _answers, _answer_bytes, wire_lines, words_of("wire"))
REQUESTS = Reader("requests", "requests to the world", _requests, _request_bytes, wire_lines, words_of("wire"))
EVENTS = Reader("events", "bodies and signatures of events", _events, _event_bytes, wire_lines, words_of("wire"))
