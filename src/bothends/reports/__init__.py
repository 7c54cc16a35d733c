"""What a person or a program is told of a run: each report is a function of the engine's events."""

from bothends.reports.hostile import harmless, harmless_lines
from bothends.reports.json_report import JsonReport, schema
from bothends.reports.plain import PlainReport, text_of
from bothends.reports.redact import Redactor
from bothends.reports.reporter import Reporter, Surroundings, version
from bothends.reports.trace import delivery_lines, trace

__all__ = [
    "JsonReport",
    "PlainReport",
    "Redactor",
    "Reporter",
    "Surroundings",
    "delivery_lines",
    "harmless",
    "harmless_lines",
    "schema",
    "text_of",
    "trace",
    "version",
]
