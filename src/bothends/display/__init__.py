"""Records as a notebook shows them: as HTML that needs nothing from outside, and as text for a terminal."""

from bothends.display.difference import render_difference
from bothends.display.exchange import Breaches, Tried, milliseconds, render_answers, render_findings
from bothends.display.formatters import show_records
from bothends.display.markup import Printer, Rendered, Telling
from bothends.display.summary import render_scores, render_summary, render_times

__all__ = [
    "Breaches",
    "Printer",
    "Rendered",
    "Telling",
    "Tried",
    "milliseconds",
    "render_answers",
    "render_difference",
    "render_findings",
    "render_scores",
    "render_summary",
    "render_times",
    "show_records",
]
