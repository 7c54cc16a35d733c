"""A run: its verdict, each declared answer, each law, and how much of the contract was seen."""

from __future__ import annotations

import math
import statistics
from html import escape as html_escape
from typing import TYPE_CHECKING

from bothends.display import markup
from bothends.display.markup import Rendered
from bothends.records import Verdict
from bothends.reports import Row, Table, escape, html_table, page, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.display.markup import Telling
    from bothends.records import Summary
    from bothends.reports import Block, Entry


_TARGET = "$TARGET"
_TONES = {Verdict.PROVEN: "good", Verdict.BROKEN: "bad", Verdict.NOT_PROVEN: "doubt"}


def render_summary(summary: Summary, telling: Telling) -> Rendered:
    """Return a run to look at: what was tried, and how it fared. Its findings are told by themselves."""
    return Rendered(markup.framed(_parts(summary, telling)), text_of(_blocks(summary, telling)).rstrip("\n"))


def _blocks(summary: Summary, telling: Telling) -> Iterator[Block]:
    yield page.verdict(summary, telling.redactor())
    yield from page.no_success(summary, telling.redactor(), _TARGET)
    if summary.exchanges:
        yield page.answers(summary.answers)
        yield page.laws(summary.laws)
        yield from page.without_a_case(summary.laws)
    if _covers(summary):
        yield page.coverage_line(summary.coverage)
    yield from _doubts(summary, telling)
    yield page.last(summary)


def _doubts(summary: Summary, telling: Telling) -> Iterator[Entry]:
    redactor = telling.redactor()
    yield from page.unproven(summary, redactor)
    yield from page.failures(summary, redactor)


def _parts(summary: Summary, telling: Telling) -> Iterator[str]:
    redactor = telling.redactor()
    word, _, reason = page.verdict(summary, redactor).text.partition(": ")
    yield markup.box(word, markup.paragraph(reason), _TONES[summary.verdict])
    yield markup.paragraph(page.last(summary).text)
    for told in page.no_success(summary, redactor, _TARGET):
        yield markup.entry(told)
    if _covers(summary):
        yield _coverage(summary)
    if summary.exchanges:
        tables = [html_table(page.answers(summary.answers), "Declared answers")]
        tables.append(html_table(page.laws(summary.laws), "Laws"))
        yield markup.columns(f"<div>{each}</div>" for each in tables)
        yield from (markup.paragraph(line.text) for line in page.without_a_case(summary.laws))
    for told in _doubts(summary, telling):
        yield markup.entry(told)


def _covers(summary: Summary) -> bool:
    """Whether it says anything how much was seen: where only a part was played, it does not."""
    return bool(summary.whole and summary.exchanges and summary.coverage.points)


def _coverage(summary: Summary) -> str:
    seen = summary.coverage
    bounds = f'max="{len(seen.points)}" value="{seen.seen}"'
    bar = f'<progress {bounds} aria-label="part of the contract seen"></progress>'
    return f"<p>{bar} {html_escape(page.coverage_line(seen).text)}</p>"


# Response times by family: a dot for each answer, a line at the median, on a scale of powers of ten.

MOST_DOTS = 120
"""Dots of one family that are drawn: of more, evenly chosen ones, the slowest always."""
_WIDTH, _LEFT, _RIGHT, _ROW, _HEAD = 760, 190, 90, 24, 34
_LEAST = 0.1
"""Milliseconds at the left end of the scale, at least."""


def render_times(times: Mapping[str, Sequence[float]]) -> Rendered:
    """Return response times to look at.

    Args:
        times: Milliseconds of each exchange, by family.
    """
    families = {escape(name): sorted(each) for name, each in times.items() if each}
    if not families:
        return Rendered(markup.framed([markup.paragraph("No request was sent.")]), "No request was sent.")
    rows = tuple(
        Row((name, f"{len(each):,}", *(f"{_at(each, part):,.1f}" for part in (0.5, 0.95, 1.0))))
        for name, each in families.items()
    )
    table = Table(("family", "exchanges", "median ms", "95 % ms", "slowest ms"), frozenset({1, 2, 3, 4}), rows)
    drawing = markup.figure("".join(_drawn(families)), "response times by family")
    numbers = markup.folded("as a table", html_table(table, ""))
    return Rendered(markup.framed((drawing, numbers)), text_of([table]).rstrip("\n"))


def render_scores(percents: Mapping[str, float]) -> Rendered:
    """Return what several contracts reach, in percent, as bars under their names."""
    names = {escape(name): f"{percent:.1f} %" for name, percent in percents.items()}
    height = _BAR * len(names)
    words = "; ".join(f"{name}: {text}" for name, text in names.items())
    drawn = "".join(
        f'<text x="0" y="{_BAR * place + 14}">{html_escape(name)}: {text}</text>'
        f'<rect x="0" y="{_BAR * place + 20}" width="{3 * percent:.0f}" height="6" fill-opacity=".6"/>'
        for place, ((name, text), percent) in enumerate(zip(names.items(), percents.values(), strict=True))
    )
    svg = (
        f'<svg role="img" class="scores" xmlns="http://www.w3.org/2000/svg" width="310" height="{height}"'
        f' font-family="system-ui, sans-serif" font-size="12" fill="currentColor">'
        f"<title>Lies noticed</title><desc>{html_escape(words)}</desc>{drawn}</svg>"
    )
    return Rendered(markup.framed([markup.figure(svg, "lies noticed")]), words.replace("; ", "\n"))


_BAR = 34


def _at(ordered: Sequence[float], part: float) -> float:
    """Return the value below which a part of the ordered values lies."""
    return ordered[max(math.ceil(part * len(ordered)) - 1, 0)]


def _drawn(families: Mapping[str, Sequence[float]]) -> Iterator[str]:
    low = math.floor(math.log10(max(min(each[0] for each in families.values()), _LEAST)))
    high = max(math.ceil(math.log10(max(each[-1] for each in families.values()) + _LEAST)), low + 1)
    height = _HEAD + _ROW * len(families) + 8

    def across(ms: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (math.log10(max(ms, 10.0**low)) - low) / (high - low)

    words = "; ".join(f"{name}: median {statistics.median(each):.1f} ms" for name, each in families.items())
    yield f'<svg role="img" class="times" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
    yield ' font-family="system-ui, sans-serif" font-size="12" fill="currentColor">'
    yield f"<title>Response times by family</title><desc>{html_escape(words)}</desc>"
    for power in range(low, high + 1):
        x = across(10.0**power)
        yield f'<text x="{x:g}" y="16" text-anchor="middle" fill-opacity=".7">{10.0**power:g} ms</text>'
        yield f'<line x1="{x:g}" x2="{x:g}" y1="22" y2="{height}" stroke="currentColor" stroke-opacity=".2"/>'
    for place, (name, each) in enumerate(families.items()):
        y = _HEAD + _ROW * place + 10
        yield f'<text x="8" y="{y + 4}">{html_escape(name if len(name) < 25 else f"{name[:23]}…")}</text>'  # noqa: PLR2004 -- what fits
        for ms in _chosen(each):
            yield f'<circle cx="{across(ms):.1f}" cy="{y}" r="3.5" fill="#2f7ed8" fill-opacity=".35"/>'
        x, median = across(statistics.median(each)), statistics.median(each)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 8}" y2="{y + 8}" stroke="currentColor" stroke-width="2"/>'
        yield f'<text x="{_WIDTH - 4}" y="{y + 4}" text-anchor="end" fill-opacity=".7">{median:,.1f} ms</text>'
    yield "</svg>"


def _chosen(ordered: Sequence[float]) -> Sequence[float]:
    step = len(ordered) / MOST_DOTS
    return ordered if step <= 1 else [ordered[-1 - int(n * step)] for n in range(MOST_DOTS)]
