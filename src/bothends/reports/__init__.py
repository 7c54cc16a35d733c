"""What a person or a program is told of a run: each report is a function of the engine's events."""

from bothends.reports import page
from bothends.reports.blocks import Appendix, Band, Block, Cell, Entry, Field, Line, Row, Table, Tone
from bothends.reports.curl import LONGEST_BODY, curl, named, readable_target, request_field, shell_line
from bothends.reports.exchange import answer_line, call_line, caller_text, delivery_lines, steps, svg, trace
from bothends.reports.finding import entry, signed_in, times, weight
from bothends.reports.github import GithubReport, StoppedCommands, github_command
from bothends.reports.glossary import glossary_pointer, meanings
from bothends.reports.har import HarReport
from bothends.reports.html import HtmlReport
from bothends.reports.html.markup import html_table, preformatted
from bothends.reports.json_report import JsonReport, schema
from bothends.reports.junit import JunitReport
from bothends.reports.law_pages import LawPage, law_page
from bothends.reports.markdown import MarkdownReport, escaped_markdown
from bothends.reports.ndjson import NdjsonReport
from bothends.reports.origin import Origin
from bothends.reports.page import unproven_lines, verdict
from bothends.reports.sanitize import Redactor, bounded, cookies_of, escape, escape_json, escape_lines
from bothends.reports.sarif import SarifResult, SarifRule, sarif_log
from bothends.reports.sarif_report import SarifReport
from bothends.reports.spans import SpanReport
from bothends.reports.terminal import PlainReport, lines_of, progress_line, text_of
from bothends.reports.writers import (
    REPORTS,
    FileReport,
    Reporter,
    Stream,
    Surroundings,
    put,
    report,
    version,
    whole_file,
)

__all__ = [
    "LONGEST_BODY",
    "REPORTS",
    "Appendix",
    "Band",
    "Block",
    "Cell",
    "Entry",
    "Field",
    "FileReport",
    "GithubReport",
    "HarReport",
    "HtmlReport",
    "JsonReport",
    "JunitReport",
    "LawPage",
    "Line",
    "MarkdownReport",
    "NdjsonReport",
    "Origin",
    "PlainReport",
    "Redactor",
    "Reporter",
    "Row",
    "SarifReport",
    "SarifResult",
    "SarifRule",
    "SpanReport",
    "StoppedCommands",
    "Stream",
    "Surroundings",
    "Table",
    "Tone",
    "answer_line",
    "bounded",
    "call_line",
    "caller_text",
    "cookies_of",
    "curl",
    "delivery_lines",
    "entry",
    "escape",
    "escape_json",
    "escape_lines",
    "escaped_markdown",
    "github_command",
    "glossary_pointer",
    "html_table",
    "law_page",
    "lines_of",
    "meanings",
    "named",
    "page",
    "preformatted",
    "progress_line",
    "put",
    "readable_target",
    "report",
    "request_field",
    "sarif_log",
    "schema",
    "shell_line",
    "signed_in",
    "steps",
    "svg",
    "text_of",
    "times",
    "trace",
    "unproven_lines",
    "verdict",
    "version",
    "weight",
    "whole_file",
]
