"""A run as spans of OpenTelemetry: requests to the target, and its events and calls under its own traces.

The SDK is an extra, and is loaded where spans are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bothends.engine import RunFinished, RunStarted
from bothends.errors import MachineError
from bothends.reports.sanitize import Redactor, cookies_of
from bothends.reports.traffic import Traffic
from bothends.reports.writers import report

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.engine import Event
    from bothends.reports.origin import Origin
    from bothends.reports.traffic import Message
    from bothends.reports.writers import Stream, Surroundings

EXTRA = "pip install 'bothends[otel]'"


class Sink(Protocol):
    """Makes spans, and hands them on."""

    def begin(self, started: RunStarted, origin: Origin | None) -> None:
        """Take what all spans have in common."""
        ...

    def add(self, message: Message, redactor: Redactor) -> None:
        """Make the span of a message."""
        ...

    def end(self) -> None:
        """Hand on what is left; spans that could not be written, or sent, are a `MachineError`."""
        ...

    def drop(self) -> None:
        """Let go of all, where the run broke off."""
        ...


class SpanReport:
    """Makes a span of each message as it is told."""

    def __init__(self, sink: Sink, surroundings: Surroundings) -> None:
        """Take where spans go, and what no event says."""
        self._sink = sink
        self._surroundings = surroundings
        self._traffic = Traffic()

    def handle(self, event: Event) -> None:
        """Take one event.

        Raises:
            MachineError: Spans could not be written, or sent.
        """
        if isinstance(event, RunStarted):
            self._sink.begin(event, self._surroundings.origin)
        redactor = Redactor(self._surroundings.secrets())
        for message in self._traffic.of(event):
            self._sink.add(message, redactor.also(cookies_of(message.exchange)))
        if isinstance(event, RunFinished):
            self._sink.end()

    def close(self) -> None:
        """Let go of all, if the run had no end."""
        self._sink.drop()


@report("otel", "write spans of OpenTelemetry, as lines of OTLP JSON (needs bothends[otel])")
def to_file(place: Path | Stream, surroundings: Surroundings) -> SpanReport:
    """Return what writes spans to a file, or to a stream.

    Raises:
        MachineError: The SDK is not installed, or the file can't be written.
    """
    try:
        from bothends.reports.otel import Spans  # noqa: PLC0415 -- an extra
        from bothends.reports.otel_export import written  # noqa: PLC0415 -- likewise
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return SpanReport(Spans(written(place)), surroundings)


@report("otlp", "send spans of OpenTelemetry to a receiver of OTLP over HTTP (needs bothends[otel])", to_url=True)
def to_receiver(url: str, surroundings: Surroundings) -> SpanReport:
    """Return what sends spans to a receiver.

    Raises:
        MachineError: The SDK is not installed, or nobody takes spans at that address.
    """
    try:
        from bothends.reports.otel import Spans  # noqa: PLC0415 -- an extra
        from bothends.reports.otel_export import sent  # noqa: PLC0415 -- likewise
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return SpanReport(Spans(sent(url)), surroundings)


def _missing(error: ModuleNotFoundError) -> MachineError:
    """Return what is told where the extra is not installed; another module's error is raised again."""
    if not (error.name or "").startswith("opentelemetry"):
        raise error
    return MachineError("OpenTelemetry is not installed.", advice=EXTRA)
