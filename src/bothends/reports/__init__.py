"""What a person or a program is told of a run: each report is a function of the engine's events."""

from bothends.reports.exchange import delivery_lines, trace
from bothends.reports.html import HtmlReport
from bothends.reports.json_report import JsonReport, schema
from bothends.reports.junit import JunitReport
from bothends.reports.markdown import MarkdownReport
from bothends.reports.ndjson import NdjsonReport
from bothends.reports.sanitize import Redactor, escape, escape_lines
from bothends.reports.terminal import PlainReport, text_of
from bothends.reports.writers import REPORTS, FileReport, Reporter, Surroundings, report, version

__all__ = [
    "REPORTS",
    "FileReport",
    "HtmlReport",
    "JsonReport",
    "JunitReport",
    "MarkdownReport",
    "NdjsonReport",
    "PlainReport",
    "Redactor",
    "Reporter",
    "Surroundings",
    "delivery_lines",
    "escape",
    "escape_lines",
    "report",
    "schema",
    "text_of",
    "trace",
    "version",
]
