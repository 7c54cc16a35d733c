"""A run as one HTML file: findings, coverage, and every exchange, to be looked at without a network."""

from bothends.reports.html.report import HtmlReport

__all__ = ["HtmlReport"]
