"""Spans, made and handed on by OpenTelemetry's own SDK. It is loaded where spans are asked for, and by nothing else.

A request to the target is a span of kind client, with the trace that it was sent with, if it had one. What the target
sends to the world is one of kind server: its parent is what the target's own `traceparent` names. Where the target sent
none, it is the request that the event or the call is of.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from bothends.conditions import sentence, sentences
from bothends.records import Answer
from bothends.reports.traffic import Asked, Called, Delivered, url_arrived, url_asked
from bothends.reports.writers import version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.trace import Tracer

    from bothends.engine import RunStarted
    from bothends.records import Exchange
    from bothends.reports.origin import Origin
    from bothends.reports.otel_export import Export
    from bothends.reports.sanitize import Redactor
    from bothends.reports.traffic import Message

_EXCHANGES = 1 << 14
"""Exchanges whose spans are known: what comes late for one comes within far fewer."""


class Spans:
    """Makes spans of messages, and hands them on."""

    def __init__(self, export: Export) -> None:
        """Take what hands them on."""
        self._export = export
        self._ids = _Ids()
        self._tracer: Tracer | None = None
        self._base_url = ""
        self._made = 0
        self._known: OrderedDict[tuple[int, float], SpanContext] = OrderedDict()

    def begin(self, started: RunStarted, origin: Origin | None) -> None:
        """Take what all spans have in common."""
        commit = None if origin is None else origin.commit
        self._base_url = started.target
        resource = Resource.create(
            {
                "service.name": "bothends",
                "service.version": version(),
                "bothends.seed": started.seed,
                "bothends.spec": started.spec,
                **({} if origin is None else {"host.name": origin.host}),
                **({} if commit is None else {"bothends.commit": commit.words}),
            }
        )
        provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, id_generator=self._ids, shutdown_on_exit=False)
        provider.add_span_processor(self._export.processor)
        self._tracer = provider.get_tracer("bothends", version())

    def add(self, message: Message, redactor: Redactor) -> None:
        """Make the span of a message.

        Raises:
            MachineError: It can't be written.
        """
        if self._tracer is None:
            return
        match message:
            case Asked():
                self._asked(self._tracer, message, redactor)
            case Delivered():
                self._delivered(self._tracer, message, redactor)
            case Called():
                self._called(self._tracer, message, redactor)
        self._made += 1
        self._export.check_file()

    def end(self) -> None:
        """Hand on what is left."""
        self._export.end(self._made)

    def drop(self) -> None:
        """Let go of all, where the run broke off."""
        self._export.drop()

    def _asked(self, tracer: Tracer, message: Asked, redactor: Redactor) -> None:
        exchange = message.exchange
        case, sent, answer = exchange.case, exchange.sent, exchange.answer
        url = url_asked(exchange, self._base_url, redactor)
        place = urlsplit(self._base_url)
        attributes: dict[str, Any] = {
            "http.request.method": redactor.value(sent.method),
            "url.full": redactor.value(url),
            "server.address": place.hostname or "",
            **({"server.port": place.port} if place.port is not None else {}),
            "bothends.exchange": exchange.number,
            "bothends.operation": case.operation,
            "bothends.case": redactor.value(case.label),
            "bothends.given": [redactor.value(one) for one in sentences(case.given)],
        }
        if isinstance(answer, Answer):
            attributes["http.response.status_code"] = answer.status
        else:
            attributes["error.type"] = answer.kind
        laws = list(dict.fromkeys(breach.law for breach in message.breaches))
        name = f"{redactor.value(sent.method)} {case.operation}".strip()
        parent = self._parent_of(exchange)
        span = tracer.start_span(
            name,
            parent,
            SpanKind.CLIENT,
            {**attributes, **({"bothends.laws_broken": laws} if laws else {})},
            start_time=_nanoseconds(exchange.began),
        )
        if laws:
            first = message.breaches[0]
            span.set_status(Status(StatusCode.ERROR, f"{first.law}: {redactor.value(first.summary)}"))
        self._remember(exchange, span.get_span_context())
        span.end(_nanoseconds(exchange.ended))

    def _parent_of(self, exchange: Exchange) -> Any:
        """Return what a request's span is below: nothing, unless its case has a trace of its own.

        The trace that the engine gives a request is that of the span, so that what a target does is below it.
        """
        named = _context_in(exchange.sent.headers)
        if named is None:
            return set_span_in_context(NonRecordingSpan(SpanContext(0, 0, is_remote=False)))
        if exchange.case.request.header("traceparent") is not None:
            return set_span_in_context(NonRecordingSpan(named))
        self._ids.next = named.trace_id, named.span_id
        return set_span_in_context(NonRecordingSpan(SpanContext(0, 0, is_remote=False)))

    def _delivered(self, tracer: Tracer, message: Delivered, redactor: Redactor) -> None:
        delivery = message.delivery
        self._arrived(
            tracer,
            message,
            f"{delivery.method} {delivery.ingest}",
            (delivery.received, delivery.settled),
            redactor.value(
                {
                    "http.request.method": delivery.method,
                    "url.full": url_arrived(delivery.headers, delivery.target, redactor),
                    "bothends.service": delivery.ingest,
                    "bothends.callback": delivery.callback,
                    "bothends.attempt": delivery.attempt,
                    "bothends.stored": delivery.stored,
                    "bothends.acknowledged": delivery.acknowledged,
                    **({} if message.exchange is None else {"bothends.exchange": message.exchange.number}),
                    **_outcome(delivery.status, None if delivery.fault is None else sentence(delivery.fault)),
                }
            ),
            redactor,
        )

    def _called(self, tracer: Tracer, message: Called, redactor: Redactor) -> None:
        call = message.call
        method, _, target = call.request_line.partition(" ")
        self._arrived(
            tracer,
            message,
            f"{method} {call.upstream}",
            (call.began, call.ended),
            redactor.value(
                {
                    "http.request.method": method,
                    "url.full": url_arrived(call.headers, target, redactor),
                    "bothends.service": call.upstream,
                    **({"bothends.exchange": call.exchange} if call.exchange is not None else {}),
                    **_outcome(call.status, None if call.fault is None else sentence(call.fault)),
                }
            ),
            redactor,
        )

    def _arrived(  # noqa: PLR0913, PLR0917 -- what one span is made of
        self,
        tracer: Tracer,
        message: Delivered | Called,
        name: str,
        times: tuple[float, float],
        attributes: dict[str, Any],
        redactor: Redactor,
    ) -> None:
        """Make the span of what arrived at the world: below what the target names, else below the request."""
        headers = message.delivery.headers if isinstance(message, Delivered) else message.call.headers
        known = isinstance(message, Delivered) or message.certain
        exchange = message.exchange if known else None
        request = None if exchange is None else self._known.get((exchange.number, exchange.began))
        named = _context_in(headers)
        parent = named or request or SpanContext(0, 0, is_remote=False)
        # Where the target began a trace of its own, a link leads to the request.
        linked = request is not None and named is not None and named.trace_id != request.trace_id
        span = tracer.start_span(
            redactor.value(name),
            set_span_in_context(NonRecordingSpan(parent)),
            SpanKind.SERVER,
            attributes,
            [Link(request)] if linked and request is not None else None,
            start_time=_nanoseconds(times[0]),
        )
        span.end(_nanoseconds(times[1]))

    def _remember(self, exchange: Exchange, context: SpanContext) -> None:
        self._known[exchange.number, exchange.began] = context
        if len(self._known) > _EXCHANGES:
            self._known.popitem(last=False)


def _outcome(status: int | None, fault: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {} if status is None else {"http.response.status_code": status}
    return found if fault is None else {**found, "bothends.fault": fault}


def _context_in(headers: Iterable[tuple[str, str]]) -> SpanContext | None:
    """Return the span that a request names, as the SDK reads it; None: it names none that Trace Context has."""
    pairs: dict[str, list[str]] = {}
    for name, value in headers:
        pairs.setdefault(name.lower(), []).append(value.strip())
    if len(pairs.get("traceparent", ())) != 1:
        return None
    carrier = {name: ",".join(values) for name, values in pairs.items() if name in {"traceparent", "tracestate"}}
    found = get_current_span(TraceContextTextMapPropagator().extract(carrier)).get_span_context()
    return found if found.is_valid else None


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1_000_000) * 1000


class _Ids(RandomIdGenerator):
    """Gives a span the IDs that its request was sent with; all others have random ones.

    Attributes:
        next: The IDs of the trace and of the span that is made next; None: random ones.
    """

    def __init__(self) -> None:
        self.next: tuple[int, int] | None = None
        self._span: int | None = None

    def generate_trace_id(self) -> int:  # it is asked for before that of the span
        named, self.next = self.next, None
        trace, self._span = (super().generate_trace_id(), None) if named is None else named
        return trace

    def generate_span_id(self) -> int:
        named, self._span = self._span, None
        return super().generate_span_id() if named is None else named
