"""Spans of OpenTelemetry: received by a receiver of OTLP, read in its own messages, below the traces of the target."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import logging
import sys
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from bothends.engine.events import ExchangeJudged, RunFinished
from bothends.errors import MachineError
from bothends.records import NoAnswer
from bothends.reports import otel_export
from bothends.reports.spans import EXTRA, to_file, to_receiver
from tests.in_process import bothends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.engine.events import Event
    from bothends.records import Exchange
    from bothends.reports import SpanReport
    from tests.reports.conftest import Samples

ROOT = Path(__file__).parents[2]
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
NAMED = (("traceparent", f"00-{TRACE}-{SPAN}-01"),)


@dataclass
class Receiver:
    """A receiver of OTLP over HTTP.

    Attributes:
        url: Its address.
        requests: What it was sent.
        status: What it answers.
    """

    url: str
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)
    status: int = 200

    def spans(self) -> list[Span]:
        """Return all spans, in the order in which they began."""
        scopes = [scope for one in self.requests for each in one.resource_spans for scope in each.scope_spans]
        return sorted((span for scope in scopes for span in scope.spans), key=lambda span: span.start_time_unix_nano)


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """Receive spans while the body runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert ("/v1/traces", "application/x-protobuf") == (self.path, self.headers["Content-Type"])
            body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            kept.requests.append(ExportTraceServiceRequest.FromString(body))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(kept.status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def in_file(text: str) -> list[Span]:
    """Return the spans of a file of OTLP JSON: in its IDs alone, that differs from the JSON of Protocol Buffers."""
    kept = Receiver("")
    for line in text.splitlines():
        request = json.loads(line)
        for scope in (scope for each in request["resourceSpans"] for scope in each["scopeSpans"]):
            for span in scope["spans"]:
                for one in (span, *span.get("links", ())):
                    for name in {"traceId", "spanId", "parentSpanId"} & one.keys():
                        one[name] = _base64(one[name])
        kept.requests.append(ParseDict(request, ExportTraceServiceRequest()))
    return kept.spans()


def _base64(text: str) -> str:
    return base64.b64encode(bytes.fromhex(text)).decode()


def attributes(span: Span) -> dict[str, Any]:
    """Return what is said of a span."""
    values = {one.key: one.value for one in span.attributes}
    return {name: getattr(value, value.WhichOneof("value") or "string_value") for name, value in values.items()}


def told(samples: Samples, *exchanges: Exchange) -> list[Span]:
    """Return the spans of a run of these exchanges, as a file has them."""
    stream = io.StringIO()
    report = to_file(stream, samples.surroundings)
    events: list[Event] = [ExchangeJudged(exchange, ()) for exchange in exchanges]
    for event in (samples.started(), *events, RunFinished(samples.summary())):
        report.handle(event)
    report.close()
    assert stream.getvalue().isascii()
    return in_file(stream.getvalue())


def test_what_a_target_sends_is_below_what_it_names(samples: Samples) -> None:
    """An event and a call have the parents that their own `traceparent` names; a link leads to the request."""
    call = replace(samples.call(), headers=NAMED, exchange=7)
    delivery = replace(samples.delivery(), headers=NAMED)
    asked, called, delivered = told(samples, replace(samples.exchange(), calls=(call,), deliveries=(delivery,)))
    kinds = [Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_SERVER, Span.SPAN_KIND_SERVER]
    assert kinds == [span.kind for span in (asked, called, delivered)]
    assert b"" == asked.parent_span_id
    for span in (called, delivered):
        assert (TRACE, SPAN) == (span.trace_id.hex(), span.parent_span_id.hex())
        assert [(asked.trace_id, asked.span_id)] == [(link.trace_id, link.span_id) for link in span.links]
    assert ["POST postRoute", "GET settings", "POST ingest"] == [one.name for one in (asked, called, delivered)]
    assert {"bothends.callback": "", "bothends.attempt": 1, "bothends.stored": True} == {
        name: value
        for name, value in attributes(delivered).items()
        if name in {"bothends.callback", "bothends.attempt", "bothends.stored"}
    }
    assert (100_000_000_000, 100_040_000_000) == (asked.start_time_unix_nano, asked.end_time_unix_nano)


def test_without_a_trace_of_the_target_it_is_below_the_request(samples: Samples) -> None:
    """As it is tied to it; a call of which nobody knows whose it is has a trace of its own."""
    known = replace(samples.call(), exchange=7)
    unknown = replace(samples.call(), number=2, began=100.015)
    asked, called, apart, delivered = told(samples, replace(samples.exchange(), calls=(known, unknown)))
    for span in (called, delivered):
        assert (asked.trace_id, asked.span_id, 0) == (span.trace_id, span.parent_span_id, len(span.links))
    assert (b"", True) == (apart.parent_span_id, apart.trace_id != asked.trace_id)


def test_a_request_has_the_trace_that_it_was_sent_with(samples: Samples) -> None:
    """The IDs of bothends' own trace are those of the span; a case's own `traceparent` names a parent elsewhere."""
    kept = samples.exchange()
    sent = replace(kept.sent, headers=(*kept.sent.headers, *NAMED))
    alone = replace(kept, calls=(), deliveries=())
    (span,) = told(samples, replace(alone, sent=sent))
    assert (TRACE, SPAN, b"") == (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id)
    (span,) = told(samples, replace(alone, sent=sent, case=replace(kept.case, request=sent)))
    assert (TRACE, SPAN, True) == (span.trace_id.hex(), span.parent_span_id.hex(), span.span_id.hex() != SPAN)
    twice = replace(sent, headers=(*NAMED, *NAMED))
    (span,) = told(samples, replace(alone, sent=twice))
    assert (b"", True) == (span.parent_span_id, span.trace_id.hex() != TRACE)


def test_a_span_says_what_came_of_it(samples: Samples) -> None:
    """An error is a broken law, and no status: a refusal is mostly right; what was not answered has its reason."""
    stream = io.StringIO()
    report = to_file(stream, samples.surroundings)
    finding = samples.finding(summary=f"It says {samples.event_key}.")
    silent = replace(samples.exchange(), number=8, began=101.0, ended=101.5, answer=NoAnswer("reset"), deliveries=())
    events = (ExchangeJudged(samples.exchange(), (finding.breach,)), ExchangeJudged(silent, ()))
    for event in (samples.started(), *events, RunFinished(samples.summary())):
        report.handle(event)
    spans = in_file(stream.getvalue())
    broken, unanswered = (span for span in spans if span.kind == Span.SPAN_KIND_CLIENT)
    assert (Status.STATUS_CODE_ERROR, "nothing-dropped: It says [hidden].") == (
        broken.status.code,
        broken.status.message,
    )
    assert (Status.STATUS_CODE_UNSET, "reset") == (unanswered.status.code, attributes(unanswered)["error.type"])
    assert (200, "success/usual", "POST") == tuple(
        attributes(broken)[name] for name in ("http.response.status_code", "bothends.case", "http.request.method")
    )
    assert samples.event_key not in stream.getvalue()


def test_a_file_is_whole_or_not_there(samples: Samples, tmp_path: Path) -> None:
    """A run that breaks off leaves nothing behind; a full disk is told, with the option."""
    report = to_file(tmp_path / "spans.jsonl", samples.surroundings)
    for event in (samples.started(), ExchangeJudged(samples.exchange(), ())):
        report.handle(event)
    report.close()
    assert [] == list(tmp_path.iterdir())
    with mock.patch.object(otel_export, "_BATCH", 1):
        report = to_file(Path("/dev/full"), samples.surroundings)
        report.handle(samples.started())
        with pytest.raises(MachineError, match=r"Spans could not be written: .*No space left"):
            fill(report, samples)
    report.close()


def fill(report: SpanReport, samples: Samples) -> None:
    """Tell so many exchanges that a buffer is full."""
    for number in range(1000):
        report.handle(ExchangeJudged(replace(samples.exchange(), number=number, calls=(), deliveries=()), ()))


def test_a_receiver_that_takes_no_spans_is_told_before_the_run(
    samples: Samples, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is asked first; the message has the address and what the SDK logged, which goes nowhere else."""
    with receiver() as kept:
        kept.status = 403
        with pytest.raises(MachineError, match=f"Spans could not be sent to {kept.url}/v1/traces: .*403"):
            to_receiver(kept.url, samples.surroundings)
    assert "" == capfd.readouterr().err
    logger = logging.getLogger("opentelemetry.exporter")
    assert (True, []) == (logger.propagate, logger.handlers)


def test_spans_that_are_lost_are_counted(samples: Samples) -> None:
    """A receiver that goes away during the run costs its spans: the end of the run says how many."""
    with receiver() as kept:
        report = to_receiver(kept.url, samples.surroundings)
        kept.status = 400
        for event in (samples.started(), ExchangeJudged(samples.exchange(), ())):
            report.handle(event)
        with pytest.raises(MachineError, match="3 spans could not be sent to"):
            report.handle(RunFinished(samples.summary()))
        report.close()


def test_the_environment_may_switch_it_off(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then there would be no spans, and nobody would say so."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    with pytest.raises(MachineError, match="OTEL_SDK_DISABLED is set"):
        to_file(io.StringIO(), samples.surroundings)


def project(folder: Path, mode: str) -> None:
    """Write the contract of a target of `traced`."""
    text = {"type": "string", "minLength": 1}
    note = {"type": "object", "required": ["note"], "properties": {"note": text}}
    event = {**note, "properties": {"note": {**text, "x-from": "request.body#/note"}}, "additionalProperties": False}
    setting = {"type": "object", "required": ["colour"], "properties": {"colour": {"type": "string"}}}
    taken = {"description": "Taken."}
    send = {
        "requestBody": {"content": {"application/json": {"schema": event}}},
        "responses": {"200": taken},
        "x-when": True,
    }
    content = {"content": {"application/json": {"schema": note}}}
    operation = {
        "operationId": "note",
        "requestBody": {"required": True, **content},
        "responses": {"200": {**taken, **content}},
        "callbacks": {"noted": {"{hooks}/notes": {"post": send}}},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1"},
        "paths": {"/notes": {"post": operation}},
        "components": {"schemas": {"Setting": setting}},
    }
    (folder / "openapi.json").write_text(json.dumps(spec), "utf-8")
    command = json.dumps([sys.executable, "-m", "tests.reports.traced", mode])
    (folder / "bothends.toml").write_text(
        f'spec = "openapi.json"\n[target]\ncommand = {command}\n'
        f'env = {{PORT = "{{port}}", HOOKS = "{{world.hooks}}", SETTINGS = "{{world.settings}}", '
        f"PYTHONPATH = {json.dumps(str(ROOT))}}}\n"
        '[world.ingests.hooks]\nkind = "webhook"\n'
        '[world.upstreams.settings]\npath = "/settings"\nanswer = "openapi.json#/components/schemas/Setting"\n',
        "utf-8",
    )


@pytest.mark.parametrize(("mode", "code"), [("continues", 0), ("anew", 0), ("untraced", 1)])
def test_a_run_of_the_command(tmp_path: Path, mode: str, code: int) -> None:
    """A receiver has a span of each message, and a file has the same; the traces of events are the target's own."""
    project(tmp_path, mode)
    with receiver() as kept:
        words = ("verify", "--seed", "1", "--only", "success/least", "--otlp", kept.url, "--otel", "spans.jsonl")
        done = bothends(tmp_path, *words, measured=False)
    assert code == done.returncode, done.stdout + done.stderr
    spans = kept.spans()
    (resource,) = {str(one.resource) for request in kept.requests for one in request.resource_spans}
    assert "bothends.seed" in resource
    written = in_file((tmp_path / "spans.jsonl").read_text("utf-8"))
    assert [(one.name, one.start_time_unix_nano) for one in spans] == [
        (one.name, one.start_time_unix_nano) for one in written
    ]
    asked = {(one.trace_id, one.span_id) for one in spans if one.kind == Span.SPAN_KIND_CLIENT}
    events = [one for one in spans if one.name == "POST hooks"]
    calls = [one for one in spans if one.name == "GET settings"]
    assert (True, True, True) == (bool(asked), bool(events), bool(calls))
    broken = [one for one in spans if one.status.code == Status.STATUS_CODE_ERROR]
    assert (mode == "untraced") == any("answer-schema" in one.status.message for one in broken)
    traces = {trace for trace, _ in asked}
    for event in events:
        below = (event.trace_id, event.parent_span_id) in asked
        assert below == (mode == "untraced")  # else it is below a span of the target's, which it sends to nobody here
        assert below or event.trace_id in traces or {(one.trace_id, one.span_id) for one in event.links} <= asked
    if mode == "anew":
        assert not traces & {event.trace_id for event in events}


def test_without_the_extra_the_line_is_told_that_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run does not begin; nothing else of bothends needs the SDK."""
    project(tmp_path, "continues")
    for name in [name for name in sys.modules if name.startswith("bothends.reports.otel")]:
        monkeypatch.delitem(sys.modules, name)
    with mock.patch.dict(sys.modules, {"opentelemetry.sdk.resources": None, "opentelemetry.sdk.trace": None}):
        for option, place in (("--otel", "spans.jsonl"), ("--otlp", "http://127.0.0.1:9")):
            done = bothends(tmp_path, "verify", option, place, measured=False)
            assert (2, "") == (done.returncode, done.stdout)
            assert ("OpenTelemetry is not installed" in done.stderr, EXTRA in done.stderr) == (True, True)
    assert not (tmp_path / "spans.jsonl").exists()
