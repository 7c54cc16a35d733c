"""What a person or a program is told of a run: each report is a function of the engine's events."""

from bothends.reports.exchange import delivery_lines, trace
from bothends.reports.json_report import JsonReport, schema
from bothends.reports.sanitize import Redactor, escape, escape_lines
from bothends.reports.terminal import PlainReport, text_of
from bothends.reports.writers import Reporter, Surroundings, version

__all__ = [
    "JsonReport",
    "PlainReport",
    "Redactor",
    "Reporter",
    "Surroundings",
    "delivery_lines",
    "escape",
    "escape_lines",
    "schema",
    "text_of",
    "trace",
    "version",
]
