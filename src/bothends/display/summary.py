"""A run: its verdict, each declared answer, each law, and how much of the contract was seen."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bothends.display import markup
from bothends.display.shown import Shown
from bothends.records import Verdict
from bothends.reports import page, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.display.telling import Telling
    from bothends.records import Summary
    from bothends.reports.blocks import Block, Entry

_TONES = {Verdict.PROVEN: "good", Verdict.BROKEN: "bad", Verdict.NOT_PROVEN: "doubt"}


def summary_shown(summary: Summary, telling: Telling) -> Shown:
    """Return a run to look at: what was tried, and how it fared. Its findings are told by themselves."""
    return Shown(markup.framed(_parts(summary, telling)), text_of(_blocks(summary, telling)).rstrip("\n"))


def _blocks(summary: Summary, telling: Telling) -> Iterator[Block]:
    yield page.verdict(summary, telling.redactor())
    if summary.exchanges:
        yield page.answers(summary.answers)
        yield page.laws(summary.laws)
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
    if _covers(summary):
        yield _coverage(summary)
    if summary.exchanges:
        tables = [markup.table(page.answers(summary.answers), "Declared answers")]
        tables.append(markup.table(page.laws(summary.laws), "Laws"))
        yield markup.columns(f"<div>{each}</div>" for each in tables)
    for told in _doubts(summary, telling):
        yield markup.entry(told)


def _covers(summary: Summary) -> bool:
    """Whether it says anything how much was seen: where only a part was played, it does not."""
    return bool(summary.whole and summary.exchanges and summary.coverage.points)


def _coverage(summary: Summary) -> str:
    seen = summary.coverage
    bounds = f'max="{len(seen.points)}" value="{seen.seen}"'
    bar = f'<progress {bounds} aria-label="part of the contract seen"></progress>'
    return f"<p>{bar} {escape(page.coverage_line(seen).text)}</p>"
