"""Where spans go: a file of OTLP JSON, or a receiver of OTLP over HTTP. What was lost on the way is told.

The SDK's exporters tell no caller why they failed: they log it. A batch that a full queue drops, they only log, too. So
what was exported is counted, and the last thing that was logged is kept.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from bothends.errors import MachineError
from bothends.records import count_of
from bothends.reports.sanitize import escape
from bothends.reports.writers import GrowingFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

    from bothends.reports.writers import Stream

_PATH = "/v1/traces"
"""Where a receiver takes spans, unless its URL has a path (OTLP 1.x, OTLP/HTTP Request)."""
_BATCH = 256
"""Spans that are handed on at once."""
_WAITING = 1 << 16
"""Spans that may wait for a receiver: what is more is lost, and is told."""
_DELAY_MS = 500
_ASKED_SECONDS = 3
"""How long a receiver has to say before the run that it is there."""
_LOGGERS = ("opentelemetry.exporter", "opentelemetry.sdk")


class Export:
    """Hands spans on, and knows how many were.

    Attributes:
        processor: Takes the spans.
    """

    def __init__(self, processor: SpanProcessor, told: _Told, whither: str, file: GrowingFile | None = None) -> None:
        """Take what hands them on, what counts them, where to, and the file, if it is one."""
        self.processor = processor
        self._told = told
        self._whither = whither
        self._file = file
        self._over = False

    def check(self, made: int = 0) -> None:
        """Raise a `MachineError` where spans could not be handed on, or fewer were than have been made."""
        lost = made - self._told.exported
        if not self._told.failed and lost <= 0:
            return
        why = self._told.failed or f"{_WAITING:,} waited already"
        many = "Spans" if lost <= 0 else count_of(lost, "span")
        advice = "Check the address, and what listens there." if self._file is None else "Free some disk space."
        raise MachineError(f"{many} could not be {self._whither}: {escape(why)}.", advice=advice)

    def check_file(self) -> None:
        """See whether a file takes what is written; raises as `check`."""
        if self._file is not None:
            self.check()

    def end(self, made: int) -> None:
        """Hand on what is left.

        Raises:
            MachineError: Spans could not be handed on.
        """
        self.processor.force_flush()
        self.processor.shutdown()
        self._over = True
        self.check(made)
        if self._file is not None:
            self._file.keep()

    def drop(self) -> None:
        """Let go of all, if that was not the end; what waits is handed on no more."""
        if not self._over:
            self._told.failed = self._told.failed or "the run broke off"
            self.processor.shutdown()
        if self._file is not None:
            self._file.drop()


def written(place: Path | Stream) -> Export:
    """Return what writes spans to a file, or to a stream: a line of OTLP JSON for some of them together.

    A file that can't be written, or an environment that switches the SDK off, is a `MachineError`.
    """
    _check_environment()
    file = GrowingFile(place, "--otel")
    told = _Told(FileSpanExporter(stream=cast("IO[str]", _Lines(file))))
    return Export(_AtOnce(told), told, "written", file)


def sent(url: str) -> Export:
    """Return what sends spans to a receiver of OTLP over HTTP, beside the run.

    Raises:
        MachineError: Nobody takes spans at that address, or the environment switches the SDK off.
    """
    _check_environment()
    endpoint = url if urlsplit(url).path.strip("/") else f"{url.rstrip('/')}{_PATH}"
    asked = _Told(OTLPSpanExporter(endpoint=endpoint, timeout=_ASKED_SECONDS))
    try:
        asked.export(())  # before the run: a wrong address would cost the spans of all of it
        Export(_AtOnce(asked), asked, f"sent to {endpoint}").check()
    finally:
        asked.shutdown()
    told = _Told(OTLPSpanExporter(endpoint=endpoint))
    processor = BatchSpanProcessor(
        told, max_queue_size=_WAITING, schedule_delay_millis=_DELAY_MS, max_export_batch_size=_BATCH
    )
    return Export(processor, told, f"sent to {endpoint}")


def _check_environment() -> None:
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        raise MachineError("OTEL_SDK_DISABLED is set: no span would be made.", advice="Take it out of the environment.")


class _Told(SpanExporter):
    """Counts what was exported, and keeps why something was not: after that, it exports no more.

    Attributes:
        exported: How many spans were.
        failed: Why one was not; empty: all were.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self.exported = 0
        self.failed = ""
        self._exporter = exporter
        self._log = _Log()
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            logger.addHandler(self._log)
            logger.propagate = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self.failed:
            return SpanExportResult.FAILURE
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self.exported += len(spans)
            self._log.last.clear()
        else:
            self.failed = "; ".join(self._log.last) or "the SDK does not say why"
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()
        self.close()

    def close(self) -> None:
        """Let what the SDK logs go where it goes."""
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            logger.removeHandler(self._log)
            logger.propagate = True


class _Log(logging.Handler):
    """Keeps the last things that the SDK had to say: why it tries again, and that it gives up."""

    def __init__(self) -> None:
        super().__init__()
        self.last: deque[str] = deque(maxlen=2)

    def emit(self, record: logging.LogRecord) -> None:
        self.last.append(record.getMessage().rstrip("."))


class _AtOnce(SpanProcessor):
    """Hands spans on in the thread that made them, some at a time."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self._spans.append(span)
        if len(self._spans) >= _BATCH:
            self.force_flush()

    def shutdown(self) -> None:
        self.force_flush()
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 0) -> bool:  # noqa: ARG002 -- it takes no time
        spans, self._spans = self._spans, []
        return not spans or self._exporter.export(spans) is SpanExportResult.SUCCESS


class _Lines:
    """A stream, as the SDK's own writer needs one."""

    closed = False

    def __init__(self, file: GrowingFile) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write a line; that it can't be written is a `MachineError`, which the SDK logs."""
        return self._file.write(text)

    def flush(self) -> None:
        """Do nothing: what is written is read when it is whole."""
